package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.Fault;
import dev.capstan.worker.grpc.GrpcSite;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who calls a gRPC service and who answers: authentication, and TLS. */
class GrpcProofTest {

  private static final String ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private static final String PROTO =
      Path.of("src/test/resources/proto/shop/orders/v1/orders.proto").toUri().toString();

  @TempDir Path directory;

  private static String arguments(String host, int port, String authentication) {
    return """
    {"proto":{"endpoint":{"uri":"%s"}},
     "service":{"name":"Orders","host":"%s","port":%d%s},"method":"Watch"}
    """
        .formatted(
            PROTO,
            host,
            port,
            authentication.isEmpty() ? "" : ",\"authentication\":" + authentication);
  }

  private void with(Scenario scenario) throws Exception {
    with(InsecureServerCredentials.create(), scenario);
  }

  private void with(ServerCredentials credentials, Scenario scenario) throws Exception {
    try (GrpcSite server = new GrpcSite(credentials, 0);
        Cluster cluster = Cluster.start(directory)) {
      scenario.play(server, cluster);
    }
  }

  private interface Scenario {
    void play(GrpcSite server, Cluster cluster) throws Exception;
  }

  @Test
  void basicAndBearerAreSentAsMetadata() throws Exception {
    with((server, cluster) -> {
      cluster.output(
          "call:grpc",
          arguments(
              "127.0.0.1",
              server.port(),
              "{\"basic\":{\"username\":\"ada\",\"password\":\"l0velace\"}}"));
      assertThat(server.last("authorization"))
          .isEqualTo(
              "Basic "
                  + Base64.getEncoder()
                      .encodeToString("ada:l0velace".getBytes(StandardCharsets.UTF_8)));

      cluster.output(
          "call:grpc",
          arguments("127.0.0.1", server.port(), "{\"bearer\":{\"token\":\"t0ps3cret\"}}"));
      assertThat(server.last("authorization")).isEqualTo("Bearer t0ps3cret");

      cluster.output("call:grpc", arguments("127.0.0.1", server.port(), ""));
      assertThat(server.last("authorization")).isEmpty();
    });
  }

  @Test
  void whatAServerSaysOfSecretsIsNotTold() throws Exception {
    with((server, cluster) -> {
      server.answering(
          GrpcSite.failing(Status.UNAUTHENTICATED.withDescription("t0ps3cret is too old")));

      Fault fault =
          cluster.fault(
              "call:grpc",
              arguments("127.0.0.1", server.port(), "{\"bearer\":{\"token\":\"t0ps3cret\"}}"));

      assertThat(fault.getType()).isEqualTo(ERRORS + "authentication");
      assertThat(fault.getStatus()).isEqualTo(401);
      assertThat(fault.getDetail()).contains("*** is too old").doesNotContain("t0ps3cret");
    });
  }

  @Test
  void digestIsAConfigurationError() throws Exception {
    with((server, cluster) -> {
      Fault fault =
          cluster.fault(
              "call:grpc",
              arguments(
                  "127.0.0.1",
                  server.port(),
                  "{\"digest\":{\"username\":\"ada\",\"password\":\"l0velace\"}}"));

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains("'service.authentication' has digest");
    });
  }

  @Test
  void aTokenThatIsNotTakenIsAskedForOnceMore() throws Exception {
    AtomicInteger tokens = new AtomicInteger();
    try (Site authority = new Site()) {
      authority.page(
          "/oauth2/token",
          exchange ->
              Site.answer(
                  exchange,
                  200,
                  "application/json",
                  "{\"access_token\":\"token-%d\",\"token_type\":\"Bearer\",\"expires_in\":3600}"
                      .formatted(tokens.incrementAndGet())
                      .getBytes(StandardCharsets.UTF_8)));
      String oauth2 =
          "{\"oauth2\":{\"authority\":\"%s\",\"grant\":\"client_credentials\",\"client\":{\"id\":\"c\",\"secret\":\"s3cret\"}}}"
              .formatted(authority.url(""));
      with((server, cluster) -> {
        server.answering((_, client) -> {
          if (server.last("authorization").equals("Bearer token-2")) {
            client.onCompleted();
          } else {
            client.onError(Status.UNAUTHENTICATED.asRuntimeException());
          }
        });

        cluster.output("call:grpc", arguments("127.0.0.1", server.port(), oauth2));
        assertThat(server.seen()).hasSize(2);

        cluster.output("call:grpc", arguments("127.0.0.1", server.port(), oauth2));
        assertThat(server.seen()).hasSize(3);
        assertThat(tokens).hasValue(2);

        server.answering(GrpcSite.failing(Status.UNAUTHENTICATED));
        Fault fault = cluster.fault("call:grpc", arguments("127.0.0.1", server.port(), oauth2));
        assertThat(fault.getType()).isEqualTo(ERRORS + "authentication");
        assertThat(server.seen()).hasSize(5);
      });
    }
  }

  @Test
  void aHostWithASchemeIsCalledWithTlsWhenItsAuthorityIsTrusted() throws Exception {
    KeyManager[] keys = LocalhostKeys.get().managers().getKeyManagers();
    with(
        TlsServerCredentials.newBuilder().keyManager(keys).build(),
        (server, cluster) -> {
          Fault unknown =
              cluster.fault("call:grpc", arguments("https://localhost", server.port(), ""));
          assertThat(unknown.getType()).isEqualTo(ERRORS + "communication");
          assertThat(unknown.getStatus()).isEqualTo(503);
          assertThat(unknown.getDetail())
              .contains("is not one that the worker's JVM trusts", "-Djavax.net.ssl.trustStore");
          assertThat(server.seen()).isEmpty();
        });
    try (LocalhostKeys.Trust _ = LocalhostKeys.get().trusted()) {
      with(
          TlsServerCredentials.newBuilder().keyManager(keys).build(),
          (server, cluster) -> {
            cluster.output("call:grpc", arguments("https://localhost", server.port(), ""));
            assertThat(server.seen()).hasSize(1);

            Fault plain = cluster.fault("call:grpc", arguments("localhost", server.port(), ""));
            assertThat(plain.getType()).isEqualTo(ERRORS + "communication");

            Fault another =
                cluster.fault("call:grpc", arguments("https://127.0.0.1", server.port(), ""));
            assertThat(another.getDetail()).contains("is for other names", "127.0.0.1 found");
            assertThat(server.seen()).hasSize(1);
          });
    }
  }
}
