package dev.capstan.security.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Purpose;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateParsingException;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeIdentityTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");

  @Test
  void anIdentityIsWrittenAsOneUriAndReadBack() {
    NodeIdentity identity = NodeIdentity.worker("prod", "Rack-7.gpu:2_a");
    assertThat(identity.uri()).isEqualTo("capstan://prod/node/Rack-7.gpu:2_a/role/worker");
    assertThat(NodeIdentity.ofUri(identity.uri())).isEqualTo(identity);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "1",
        "10",
        "a-",
        "0-9",
        "a--b",
        "xn--a",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789-"
      })
  void everyNameOfAClusterSurvivesACertificate(String cluster) throws Exception {
    NodeIdentity identity = NodeIdentity.worker(cluster, "W:1." + "_".repeat(124));
    KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
    keys.initialize(new ECGenParameterSpec("secp256r1"));
    CertificateAuthority authority = CertificateAuthority.create(Purpose.NODES, cluster, NOW);
    assertThat(
            NodeIdentity.of(
                authority
                    .sign(
                        keys.generateKeyPair().getPublic(), CertificateOrder.worker(identity, NOW))
                    .getFirst()))
        .isEqualTo(identity);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "capstan://prod/node/w1",
        "capstan://prod/node/w1/role/admin",
        "capstan://prod/node/w1/role/worker/",
        "capstan://prod/node/w1/role/worker?x=1",
        "capstan://prod/node/w%31/role/worker",
        "capstan://prod/node/../role/worker",
        "capstan://prod/node/a/b/role/worker",
        "capstan://Prod/node/w1/role/worker",
        "capstan://user@prod/node/w1/role/worker",
        "capstan://prod:1/node/w1/role/worker",
        "CAPSTAN://prod/node/w1/role/worker",
        "spiffe://prod/node/w1/role/worker",
        "capstan://prod/node/C1/role/coordinator",
        "capstan://prod/node/w1/role/worker\n"
      })
  void anythingElseIsNoIdentity(String uri) {
    assertThatThrownBy(() -> NodeIdentity.ofUri(uri)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCertificateWithoutAnIdentityNamesNobody() {
    CertificateAuthority authority = CertificateAuthority.create(Purpose.NODES, "prod", NOW);
    assertThatThrownBy(() -> NodeIdentity.of(authority.certificate()))
        .isInstanceOf(CertificateParsingException.class)
        .hasMessageContaining("exactly one URI");
  }
}
