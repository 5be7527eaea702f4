package dev.capstan.security.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

/** Real handshakes between sockets of the JDK. */
class NodeTrustTest {
  private final TestCluster prod = new TestCluster("prod");
  private final TestCluster other = new TestCluster("prod");

  @Test
  void twoNodesOfAClusterTalkAndKnowEachOther() throws Exception {
    Handshake made = connect(prod.worker("w1"), prod.trust());
    assertThat(made.client().failure()).isNull();
    assertThat(made.server().received()).isTrue();
    assertThat(made.client().received()).isTrue();
    assertThat(PeerIdentity.of(Objects.requireNonNull(made.server().session())))
        .isEqualTo(NodeIdentity.worker("prod", "w1"));
    assertThat(PeerIdentity.of(Objects.requireNonNull(made.client().session())))
        .isEqualTo(NodeIdentity.coordinator("prod", "c1"));
    assertThat(Objects.requireNonNull(made.client().session()).getProtocol()).isEqualTo("TLSv1.3");
    assertThat(prod.refused).isEmpty();
  }

  @Test
  void aNodeOfAnotherAuthorityIsRefused() throws Exception {
    Handshake made = connect(other.worker("w1"), prod.trust());
    assertRefused(
        made, Reason.UNKNOWN_AUTHORITY, "none of the 1 authorities that this node believes");
  }

  @Test
  void aServerOfAnotherAuthorityIsRefusedBeforeAnythingIsSent() throws Exception {
    Handshake made =
        Handshake.between(
            Tls.httpClient(NodeKeys.of(other.worker("w1")), other.trust().build()),
            server(prod.coordinator("c1"), prod.trust()));
    assertThat(made.client().refusal().reason()).isEqualTo(Reason.UNKNOWN_AUTHORITY);
    assertThat(made.server().received()).isFalse();
  }

  @Test
  void aNodeOfAnotherClusterIsRefusedEvenWithTheRightAuthority() throws Exception {
    NodeTrust.Builder test =
        NodeTrust.of("test", prod.roots()).clock(InstantSource.fixed(TestCluster.NOW));
    Handshake made = connect(prod.worker("w1"), test);
    assertRefused(made, Reason.OTHER_CLUSTER, "is of cluster prod, and this is cluster test");
  }

  @Test
  void aWorkerIsRefusedWhereOnlyCoordinatorsMayBe() throws Exception {
    Handshake made = connect(prod.worker("w1"), prod.trust().only(Role.COORDINATOR));
    assertRefused(made, Reason.WRONG_ROLE, "worker w1 is a worker where only coordinators may be");
    Handshake right = connect(prod.coordinator("c2"), prod.trust().only(Role.COORDINATOR));
    assertThat(right.server().received()).isTrue();
  }

  @Test
  void anExpiredCertificateIsRefusedWithBothTimes() throws Exception {
    Handshake made =
        connect(
            prod.worker("w1"),
            prod.trust().clock(InstantSource.fixed(TestCluster.NOW.plus(Duration.ofHours(25)))));
    assertRefused(
        made,
        Reason.EXPIRED,
        "expired at 2026-11-24T10:00:00Z while the clock here says 2026-11-24T11:00:00Z");
  }

  @Test
  void aCertificateOfTheFutureIsRefusedWithBothTimes() throws Exception {
    Handshake made =
        connect(
            prod.worker("w1"),
            prod.trust().clock(InstantSource.fixed(TestCluster.NOW.minus(Duration.ofMinutes(6)))));
    assertRefused(
        made,
        Reason.NOT_YET_VALID,
        "holds from 2026-11-23T09:55:00Z on while the clock here says 2026-11-23T09:54:00Z");
  }

  @Test
  void aClockThatIsFiveMinutesBehindIsTolerated() throws Exception {
    Handshake made =
        connect(
            prod.worker("w1"),
            prod.trust().clock(InstantSource.fixed(TestCluster.NOW.minus(Duration.ofMinutes(5)))));
    assertThat(made.server().received()).isTrue();
  }

  @Test
  void whoShowsNoCertificateIsRefusedWhereOneIsRequired() throws Exception {
    Handshake made =
        Handshake.between(
            Tls.httpClient(NodeKeys.none(), prod.trust().build()),
            server(prod.coordinator("c1"), prod.trust()));
    assertThat(made.server().message()).contains("Empty client certificate chain");
    assertThat(made.client().received()).isFalse();
  }

  @Test
  void whoShowsNoCertificateIsNobodyWhereNoneIsRequired() throws Exception {
    Handshake made =
        Handshake.between(
            Tls.httpClient(NodeKeys.none(), prod.trust().build()), optional(prod.trust()));
    assertThat(made.server().received()).isTrue();
    assertThat(PeerIdentity.of(Objects.requireNonNull(made.server().session()))).isNull();
  }

  @Test
  void aWrongCertificateIsRefusedEvenWhereNoneIsRequired() throws Exception {
    Handshake made = Handshake.between(client(other.worker("w1")), optional(prod.trust()));
    assertRefused(made, Reason.UNKNOWN_AUTHORITY, "none of the 1 authorities");
  }

  @Test
  void aNodeThatWasPutOutIsRefusedAlthoughItWasInBefore() throws Exception {
    Set<NodeIdentity> evicted = ConcurrentHashMap.newKeySet();
    HttpTls server = server(prod.coordinator("c1"), prod.trust().evicted(evicted::contains));
    List<Handshake> made =
        Handshake.inTurn(
            client(prod.worker("w1")),
            server,
            () -> evicted.add(NodeIdentity.worker("prod", "w1")));
    assertThat(made.getFirst().client().received()).isTrue();
    assertRefused(made.getLast(), Reason.EVICTED, "worker w1 has been put out of the cluster");
    assertThat(Handshake.between(client(prod.worker("w2")), server).client().received()).isTrue();
  }

  @Test
  void aWorkerCanNotServe() throws Exception {
    Handshake made =
        Handshake.between(client(prod.worker("w1")), server(prod.worker("w2"), prod.trust()));
    assertThat(made.client().refusal().reason()).isEqualTo(Reason.WRONG_USE);
    assertThat(made.client().message())
        .contains("worker w2 does not allow it to be the server of a connection");
    assertThat(made.server().received()).isFalse();
  }

  @Test
  void theAuthorityOfTheConsensusOpensNothingElse() throws Exception {
    CertificateAuthority peers =
        CertificateAuthority.create(Purpose.PEERS, "prod", TestCluster.NOW);
    KeyPair key = TestCluster.key();
    Credential peer =
        new Credential(
            key.getPrivate(),
            peers.sign(
                key.getPublic(),
                CertificateOrder.coordinator(
                    NodeIdentity.coordinator("prod", "c2"), List.of(), TestCluster.NOW)));
    assertRefused(connect(peer, prod.trust()), Reason.UNKNOWN_AUTHORITY, "or for another purpose");
  }

  @Test
  void anAuthorityTakesOverWhileConnectionsAreMade() throws Exception {
    NodeTrust trust = prod.trust().build();
    HttpTls server =
        Tls.httpServer(NodeKeys.of(prod.coordinator("c1")), trust, ClientCertificates.REQUIRED);
    HttpTls old = client(prod.worker("w1"));
    HttpTls fresh = Tls.httpClient(NodeKeys.of(other.worker("w1")), prod.trust().build());
    assertThat(Handshake.between(old, server).server().received()).isTrue();
    assertThat(Handshake.between(fresh, server).server().received()).isFalse();
    trust.replaceRoots(List.of(prod.authority.certificate(), other.authority.certificate()));
    assertThat(Handshake.between(old, server).server().received()).isTrue();
    assertThat(Handshake.between(fresh, server).server().received()).isTrue();
    trust.replaceRoots(other.roots());
    assertRefused(Handshake.between(old, server), Reason.UNKNOWN_AUTHORITY, "was replaced");
    assertThat(Handshake.between(fresh, server).server().received()).isTrue();
  }

  /** Certificates begin five minutes early; an hour is a clock that somebody has to look at. */
  @Test
  void aClockThatIsAnHourOffIsNamedWithBothTimes() throws Exception {
    Credential worker = prod.worker("w1");
    Instant slow = TestCluster.NOW.minus(Duration.ofHours(1));
    assertRefused(
        connect(worker, prod.trust().clock(InstantSource.fixed(slow))),
        Reason.NOT_YET_VALID,
        "holds from 2026-11-23T09:55:00Z on while the clock here says " + slow);
    Instant fast = TestCluster.NOW.plus(CertificateOrder.WORKER_LIFETIME).plus(Duration.ofHours(1));
    assertRefused(
        connect(worker, prod.trust().clock(InstantSource.fixed(fast))),
        Reason.EXPIRED,
        "expired at 2026-11-24T10:00:00Z while the clock here says " + fast);
    Instant hourLater = TestCluster.NOW.plus(Duration.ofHours(1));
    assertThat(
            connect(worker, prod.trust().clock(InstantSource.fixed(hourLater))).server().received())
        .as("within its life an hour too late does not matter")
        .isTrue();
  }

  @Test
  void onlyWhoConnectsIsAnIntruder() throws Exception {
    List<String> intruders = new CopyOnWriteArrayList<>();
    Handshake made =
        connect(
            other.worker("w1"), prod.trust().intruders(refusal -> intruders.add(refusal.peer())));
    assertThat(made.server().received()).isFalse();
    assertThat(intruders).hasSize(1);
    assertThat(intruders.getFirst()).contains("w1");

    NodeTrust client = other.trust().intruders(refusal -> intruders.add(refusal.peer())).build();
    Handshake refused =
        Handshake.between(
            Tls.httpClient(NodeKeys.of(other.worker("w1")), client),
            server(prod.coordinator("c1"), prod.trust()));
    assertThat(refused.client().refusal().reason()).isEqualTo(Reason.UNKNOWN_AUTHORITY);
    assertThat(intruders).hasSize(1);
  }

  @Test
  void aClientOfTls12IsRefused() throws Exception {
    HttpTls client = Strangers.client(prod.authority.certificate());
    Handshake made = Handshake.between(client, server(prod.coordinator("c1"), prod.trust()));
    assertThat(made.server().message()).contains("TLSv1.2");
    assertThat(made.client().message()).contains("protocol_version");
  }

  @Test
  void aServerThatForgetsItsParametersStillShowsNoKeyToTls12() throws Exception {
    HttpTls server = server(prod.coordinator("c1"), prod.trust());
    HttpTls careless = new HttpTls(server.context(), new SSLParameters());
    Handshake made = Handshake.between(Strangers.client(prod.authority.certificate()), careless);
    assertThat(made.server().failure()).isNotNull();
    assertThat(made.server().received()).isFalse();
  }

  @Test
  void aServerOfTls12IsNotBelieved() throws Exception {
    HttpTls client = client(prod.worker("w1"));
    HttpTls careless = new HttpTls(client.context(), new SSLParameters());
    Handshake made = Handshake.between(careless, Strangers.server(prod.coordinator("c1")));
    assertThat(made.client().refusal().reason()).isEqualTo(Reason.OLD_PROTOCOL);
    assertThat(made.server().received()).isFalse();
  }

  @Test
  void aCallAfterNodesWerePutOutIsCheckedAgain() throws Exception {
    NodeIdentity worker = NodeIdentity.worker("prod", "w1");
    Set<NodeIdentity> evicted = ConcurrentHashMap.newKeySet();
    NodeTrust trust = prod.trust().evicted(evicted::contains).build();
    trust.recheck(worker);
    evicted.add(worker);
    assertThat(
            catchThrowableOfType(RefusedPeerException.class, () -> trust.recheck(worker)).reason())
        .isEqualTo(Reason.EVICTED);
  }

  private void assertRefused(Handshake made, Reason reason, String words) {
    RefusedPeerException refusal = made.server().refusal();
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal).hasMessageContaining(words);
    assertThat(made.server().received()).isFalse();
    assertThat(made.client().received()).isFalse();
  }

  private Handshake connect(Credential client, NodeTrust.Builder trust) throws Exception {
    return Handshake.between(client(client), server(prod.coordinator("c1"), trust));
  }

  private HttpTls client(Credential credential) {
    return Tls.httpClient(NodeKeys.of(credential), prod.trust().build());
  }

  private static HttpTls server(Credential credential, NodeTrust.Builder trust) {
    return Tls.httpServer(NodeKeys.of(credential), trust.build(), ClientCertificates.REQUIRED);
  }

  private HttpTls optional(NodeTrust.Builder trust) throws Exception {
    return Tls.httpServer(
        NodeKeys.of(prod.coordinator("c1")), trust.build(), ClientCertificates.OPTIONAL);
  }
}
