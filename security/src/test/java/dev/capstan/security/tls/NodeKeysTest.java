package dev.capstan.security.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.security.pki.Credential;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class NodeKeysTest {
  private final TestCluster prod = new TestCluster("prod");

  @Test
  void newConnectionsShowTheNewCertificate() throws Exception {
    Credential old = prod.coordinator("c1");
    Credential renewed = prod.coordinator("c1");
    NodeKeys keys = NodeKeys.of(old);
    HttpTls server = Tls.httpServer(keys, prod.trust().build(), ClientCertificates.OPTIONAL);
    HttpTls client = Tls.httpClient(NodeKeys.none(), prod.trust().build());
    assertThat(shown(Handshake.between(client, server))).isEqualTo(old.certificate());
    keys.replace(renewed);
    assertThat(shown(Handshake.between(client, server))).isEqualTo(renewed.certificate());
  }

  @Test
  void aClientShowsWhatItWasGivenLater() throws Exception {
    NodeKeys keys = NodeKeys.none();
    HttpTls server =
        Tls.httpServer(
            NodeKeys.of(prod.coordinator("c1")), prod.trust().build(), ClientCertificates.OPTIONAL);
    HttpTls client = Tls.httpClient(keys, prod.trust().build());
    Handshake nobody = Handshake.between(client, server);
    assertThat(PeerIdentity.of(Objects.requireNonNull(nobody.server().session()))).isNull();
    keys.replace(prod.worker("w1"));
    Handshake somebody = Handshake.between(client, server);
    assertThat(
            Objects.requireNonNull(
                    PeerIdentity.of(Objects.requireNonNull(somebody.server().session())))
                .node())
        .isEqualTo("w1");
  }

  @Test
  void aHandshakeThatHasChosenGetsKeyAndCertificatesOfOneCredential() throws Exception {
    Credential first = prod.coordinator("c1");
    Credential second = prod.coordinator("c1");
    NodeKeys keys = NodeKeys.of(first);
    String chosen = keys.getServerAliases("EC", null)[0];
    keys.replace(second);
    assertThat(keys.getPrivateKey(chosen)).isEqualTo(first.key());
    assertThat(keys.getCertificateChain(chosen)).containsExactlyElementsOf(first.chain());
    String next = keys.getServerAliases("EC", null)[0];
    assertThat(keys.getPrivateKey(next)).isEqualTo(second.key());
    keys.replace(prod.coordinator("c1"));
    assertThat(keys.getPrivateKey(chosen)).isNull();
  }

  private static Object shown(Handshake made) throws Exception {
    return Objects.requireNonNull(made.client().session()).getPeerCertificates()[0];
  }
}
