package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.api.v1.CoordinatorsRequest;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.joining.Authorities;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.Tls;
import dev.capstan.server.gateway.Views.AuditEntry;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever tries to get in with a certificate that does not let him stands in the audit, once. */
class AuditOfStrangersTest {
  @TempDir Path directory;
  private LoneCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = LoneCluster.start(directory, NodeConfig.ofDefaults());
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private static Credential credential(CertificateAuthority authority, CertificateOrder order)
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair key = generator.generateKeyPair();
    return new Credential(key.getPrivate(), authority.sign(key.getPublic(), order));
  }

  private CertificateAuthority authority() {
    Authorities authorities = Objects.requireNonNull(cluster.home("c1").authorities());
    return authorities.nodes();
  }

  private void knock(Credential credential) throws Exception {
    ManagedChannel channel = cluster.channel(NodeKeys.of(credential));
    assertThatThrownBy(() ->
            MembershipGrpc.newBlockingStub(channel)
                .coordinators(CoordinatorsRequest.getDefaultInstance()))
        .isInstanceOf(StatusRuntimeException.class);
  }

  private List<AuditEntry> refused() {
    return cluster.audit().stream()
        .filter(entry -> entry.operation().equals("cluster.connect"))
        .toList();
  }

  private void awaitRefused(String reason, String who) {
    await()
        .atMost(LoneCluster.PATIENCE)
        .untilAsserted(() ->
            assertThat(refused())
                .anySatisfy(entry -> {
                  assertThat(entry.detail()).startsWith(reason);
                  assertThat(entry.principal()).contains(who);
                  assertThat(entry.object()).isEqualTo("c1");
                  assertThat(entry.result()).isEqualTo("refused");
                }));
  }

  @Test
  void aForeignClustersCertificate() throws Exception {
    CertificateAuthority foreign = CertificateAuthority.create(Purpose.NODES, "lab", Instant.now());
    Credential stranger =
        credential(
            foreign, CertificateOrder.worker(NodeIdentity.worker("lab", "spy"), Instant.now()));
    knock(stranger);
    knock(stranger);

    awaitRefused("UNKNOWN_AUTHORITY", "spy");
    assertThat(refused()).as("one for equal ones in a minute").hasSize(1);
    assertThat(metric("unknown_authority")).isGreaterThanOrEqualTo(2);
  }

  @Test
  void aCertificateThatIsOver() throws Exception {
    Instant before =
        Instant.now().minus(CertificateOrder.WORKER_LIFETIME).minus(Duration.ofHours(1));
    knock(
        credential(authority(), CertificateOrder.worker(NodeIdentity.worker("lab", "w9"), before)));

    awaitRefused("EXPIRED", "w9");
  }

  @Test
  void theCertificateOfANodeThatWasPutOut() throws Exception {
    Object _ = cluster.joinWorker("w1");
    Credential worker = Objects.requireNonNull(cluster.home("w1").keys().credential(Purpose.NODES));
    cluster.coordinator.gateway().removeNode(LoneCluster.ADMIN, "w1", true).join();
    knock(worker);

    awaitRefused("EVICTED", "w1");
  }

  private double metric(String reason) throws Exception {
    String name = "capstan_connections_refused_total{";
    String text = get("/metrics").body();
    return text.lines()
        .filter(line -> line.startsWith(name) && line.contains("\"" + reason + "\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private HttpResponse<String> get(String path) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder()
            .sslContext(Tls.httpClient(NodeKeys.none(), cluster.trust()).context())
            .build()) {
      return client.send(
          HttpRequest.newBuilder(
                  URI.create("https://127.0.0.1:" + cluster.config.node().httpPort() + path))
              .header("Authorization", "Bearer " + cluster.key.text())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
