package dev.capstan.security.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.security.pki.Credential;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A node that knows only a pin sends nothing to anybody else: here, one byte stands for a secret.
 */
class PinnedTrustTest {
  private final TestCluster prod = new TestCluster("prod");
  private final TestCluster fake = new TestCluster("prod");

  @Test
  void aCoordinatorUnderThePinnedAuthorityIsBelieved() throws Exception {
    Handshake made = firstContact(prod.coordinator("c1"));
    assertThat(made.client().failure()).isNull();
    assertThat(made.server().received()).isTrue();
  }

  @Test
  void aServerUnderAnotherAuthorityGetsNoByte() throws Exception {
    Handshake made = firstContact(fake.coordinator("c1"));
    assertRefused(made, Reason.WRONG_PIN, "not of the cluster that the join token is for");
    assertThat(made.client().message()).contains(prod.authority.pin().hex());
  }

  @Test
  void aServerThatShowsAnAuthorityThatDidNotSignItGetsNoByte() throws Exception {
    Credential real = fake.coordinator("c1");
    Credential forged =
        new Credential(real.key(), List.of(real.certificate(), prod.authority.certificate()));
    assertRefused(firstContact(forged), Reason.UNKNOWN_AUTHORITY, "was signed by");
  }

  @Test
  void aServerThatHidesItsAuthorityGetsNoByte() throws Exception {
    Credential real = prod.coordinator("c1");
    Credential bare = new Credential(real.key(), List.of(real.certificate()));
    assertRefused(firstContact(bare), Reason.WRONG_PIN, "does not show its authority");
  }

  @Test
  void aServerWithMoreInItsChainThanWeWriteGetsNoByte() throws Exception {
    Credential real = prod.coordinator("c1");
    Credential longer =
        new Credential(
            real.key(),
            List.of(
                real.certificate(), prod.authority.certificate(), fake.authority.certificate()));
    assertRefused(firstContact(longer), Reason.WRONG_PIN, "does not show its authority");
  }

  @Test
  void aWorkerOfTheClusterIsNoServerToJoinAt() throws Exception {
    assertRefused(firstContact(prod.worker("w1")), Reason.WRONG_USE, "the server of a connection");
  }

  @Test
  void anExpiredServerGetsNoByte() throws Exception {
    PinnedTrust late =
        new PinnedTrust(
            prod.authority.pin(), InstantSource.fixed(TestCluster.NOW.plus(Duration.ofDays(8))));
    Handshake made =
        Handshake.between(Tls.httpClient(NodeKeys.none(), late), server(prod.coordinator("c1")));
    assertRefused(made, Reason.EXPIRED, "expired at");
  }

  @Test
  void aServerCanNotUseIt() {
    assertThatThrownBy(() -> prod.pinned().checkClientTrusted(null, "EC"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private Handshake firstContact(Credential server) throws Exception {
    return Handshake.between(Tls.httpClient(NodeKeys.none(), prod.pinned()), server(server));
  }

  private HttpTls server(Credential credential) {
    return Tls.httpServer(
        NodeKeys.of(credential), prod.trust().build(), ClientCertificates.OPTIONAL);
  }

  private static void assertRefused(Handshake made, Reason reason, String words) {
    assertThat(made.client().refusal().reason()).isEqualTo(reason);
    assertThat(made.client().message()).contains(words);
    assertThat(made.server().failure()).isNotNull();
    assertThat(made.server().received()).isFalse();
  }
}
