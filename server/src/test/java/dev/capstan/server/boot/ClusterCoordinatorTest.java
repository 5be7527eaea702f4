package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.CoordinatorsRequest;
import dev.capstan.api.v1.JoinReply;
import dev.capstan.api.v1.JoinRequest;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.api.v1.NodeRole;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CertificateRenewal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.JoinFailure;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.node.joining.RemoteSigner;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.Lifetime;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import dev.capstan.security.token.JoinGrant;
import dev.capstan.security.token.JoinToken;
import dev.capstan.server.OwnPorts;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.CoordinatorView;
import dev.capstan.server.membership.NewCluster;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator of a cluster, and nodes that join it, with real certificates on loopback. */
class ClusterCoordinatorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Principal ADMIN = new Principal("admin");
  private static final Duration SEVERAL_TRIES_TO_REACH_IT = Duration.ofSeconds(5);

  /** In the second half of a worker's certificate, and of a coordinator's. */
  private static final Duration LATER =
      CertificateOrder.COORDINATOR_LIFETIME.dividedBy(10).multipliedBy(6);

  private static final Duration LATER_FOR_A_WORKER =
      CertificateOrder.WORKER_LIFETIME.dividedBy(10).multipliedBy(6);

  @TempDir Path directory;

  private final List<AutoCloseable> open = new ArrayList<>();
  private NodeConfig config;
  private Coordinator coordinator;
  private Path backup;

  @BeforeEach
  void found() throws IOException {
    List<Integer> ports = OwnPorts.take(3);
    config =
        NodeConfig.ofDefaults()
            .withSeeds(List.of(new HostPort("127.0.0.1", ports.getFirst())))
            .on("127.0.0.1", ports.get(0), ports.get(1), ports.get(2));
    NodeHome home = NodeHome.open(directory.resolve("c1"));
    CoordinatorPlace place = ClusterCoordinator.place(config, "c1");
    Object _ = NewCluster.create(home, "lab", place, 1, Instant.now());
    backup = Files.copy(directory.resolve("c1/founding"), directory.resolve("backup"));
    coordinator = ClusterCoordinator.start(config, home, Map.of());
    open.add(coordinator);
    await().atMost(PATIENCE).until(coordinator::leads);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private JoinToken token(Role role, @Nullable String node) throws Exception {
    return token(role, node, Duration.ofMinutes(5));
  }

  private JoinToken token(Role role, @Nullable String node, Duration life) throws Exception {
    return JoinToken.parse(
        coordinator
            .gateway()
            .invite(ADMIN, Gateway.NodeRole.valueOf(role.name()), node, life)
            .join()
            .token());
  }

  private NodeHome join(Role role, String node, JoinToken token) throws Exception {
    NodeHome home = NodeHome.open(directory.resolve(node));
    CoordinatorPlace place =
        role == Role.COORDINATOR ? ClusterCoordinator.place(config, node) : null;
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      NodeIdentity identity =
          new Joining(token, role, node, place, home, _ -> {}).join(discovery, PATIENCE);
      assertThat(identity).isEqualTo(home.identity());
    }
    return home;
  }

  private static Credential credential(NodeHome home, Purpose purpose) throws IOException {
    return Objects.requireNonNull(home.keys().credential(purpose), "it joined");
  }

  private ManagedChannel channel(NodeHome home, NodeKeys keys) throws IOException {
    NodeTrust trust =
        NodeTrust.of("lab", home.keys().trusted(Purpose.NODES)).only(Role.COORDINATOR).build();
    HostPort door = config.nodeDiscovery().seeds().getFirst();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(door.host(), door.port())
            .sslContext(Tls.grpcClient(keys, trust))
            .build();
    open.add(channel::shutdownNow);
    return channel;
  }

  private static int asked(ManagedChannel channel) {
    return MembershipGrpc.newBlockingStub(channel)
        .coordinators(CoordinatorsRequest.getDefaultInstance())
        .getCoordinatorsCount();
  }

  private static CertificateRenewal renewal(
      NodeHome home, NodeKeys keys, ManagedChannel channel, Instant now) {
    return new CertificateRenewal(
        home,
        Objects.requireNonNull(home.identity()),
        Map.of(Purpose.NODES, keys),
        new RemoteSigner(() -> List.of(channel)),
        () -> now,
        new Random(1));
  }

  /** Runs it as its thread does, again and again: at any one time nobody may be there to sign. */
  private static void untilRenewed(CertificateRenewal renewal, NodeKeys keys) {
    List<X509Certificate> before = Objects.requireNonNull(keys.current()).chain();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          renewal.run();
          return !Objects.requireNonNull(keys.current()).chain().equals(before);
        });
  }

  @Test
  void aWorkersCertificateIsRenewedInItsSecondHalf() throws Exception {
    NodeHome home = join(Role.WORKER, "w1", token(Role.WORKER, null));
    Credential first = credential(home, Purpose.NODES);
    NodeKeys keys = NodeKeys.of(first);
    ManagedChannel before = channel(home, keys);
    assertThat(asked(before)).isEqualTo(1);

    renewal(home, keys, before, Instant.now()).run();
    assertThat(credential(home, Purpose.NODES).chain()).isEqualTo(first.chain());

    untilRenewed(renewal(home, keys, before, Instant.now().plus(LATER_FOR_A_WORKER)), keys);

    Credential second = credential(home, Purpose.NODES);
    assertThat(second.chain().getFirst().getPublicKey())
        .isNotEqualTo(first.chain().getFirst().getPublicKey());
    assertThat(Objects.requireNonNull(keys.current()).chain()).isEqualTo(second.chain());
    assertThat(home.identity()).isEqualTo(new NodeIdentity("lab", "w1", Role.WORKER));
    assertThat(asked(before)).as("on the connection that was open").isEqualTo(1);
    assertThat(asked(channel(home, keys))).as("on a new connection").isEqualTo(1);
  }

  @Test
  void whoWasPutOutGetsNoNewCertificate() throws Exception {
    NodeHome home = join(Role.WORKER, "w1", token(Role.WORKER, null));
    Credential first = credential(home, Purpose.NODES);
    NodeKeys keys = NodeKeys.of(first);
    ManagedChannel channel = channel(home, keys);
    assertThat(asked(channel)).isEqualTo(1);
    coordinator.gateway().removeNode(ADMIN, "w1", false).join();

    renewal(home, keys, channel, Instant.now().plus(LATER_FOR_A_WORKER)).run();

    assertThat(credential(home, Purpose.NODES).chain()).isEqualTo(first.chain());
    assertThatThrownBy(() -> asked(channel)).hasMessageContaining("UNAUTHENTICATED");
  }

  @Test
  void aCoordinatorSignsForItself() throws Exception {
    NodeHome home = NodeHome.open(directory.resolve("c1"));
    NodeIdentity identity = Objects.requireNonNull(home.identity());
    Credential nodes = credential(home, Purpose.NODES);
    Credential peers = credential(home, Purpose.PEERS);
    NodeKeys keys = NodeKeys.of(nodes);
    NodeKeys peerKeys = NodeKeys.of(peers);
    ManagedChannel channel = channel(home, keys);

    untilRenewed(
        new CertificateRenewal(
            home,
            identity,
            Map.of(Purpose.NODES, keys, Purpose.PEERS, peerKeys),
            new RemoteSigner(() -> List.of(channel)),
            () -> Instant.now().plus(LATER),
            new Random(1)),
        keys);

    assertThat(Objects.requireNonNull(peerKeys.current()).chain()).isNotEqualTo(peers.chain());
    assertThat(Lifetime.of(credential(home, Purpose.PEERS).chain().getFirst()).length())
        .isGreaterThanOrEqualTo(CertificateOrder.COORDINATOR_LIFETIME);
  }

  /** Browsers and others who look at host names would not believe it there for days. */
  @Test
  void aCoordinatorThatHasMovedShowsACertificateForItsNewPlace() throws Exception {
    NodeHome home = NodeHome.open(directory.resolve("c1"));
    CoordinatorPlace before = ClusterCoordinator.place(config, "c1");
    open.remove(coordinator);
    coordinator.close();
    config =
        config.on("127.0.0.2", before.grpc().port(), before.http().port(), before.peer().port());

    coordinator = ClusterCoordinator.start(config, home, Map.of());

    open.add(coordinator);
    await()
        .atMost(PATIENCE)
        .until(() -> credential(home, Purpose.NODES).names(List.of("127.0.0.2", "localhost")));
    assertThat(credential(home, Purpose.NODES).names(List.of("127.0.0.1"))).isFalse();
  }

  @Test
  void thereIsNoTokenForANameThatNoNodeCanHave() {
    assertThatThrownBy(() -> token(Role.WORKER, "W\u00fc 1"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("No node can be called");
  }

  @Test
  void thereIsNoTokenForANameThatIsTakenOrWas() throws Exception {
    NodeHome _ = join(Role.WORKER, "w1", token(Role.WORKER, "w1"));

    assertNoToken("w1", "The cluster has a node w1 already", "capstan nodes remove w1");
    assertNoToken("c1", "The cluster has a node c1 already", "capstan cluster remove c1");
    coordinator.gateway().removeNode(ADMIN, "w1", false).join();
    assertNoToken("w1", "The name w1 was put out of the cluster at", "another name");

    assertThat(token(Role.WORKER, "w2").text()).as("nobody has it").isNotEmpty();
    assertThat(coordinator.gateway().audit(ADMIN, 100, null).items())
        .filteredOn(entry -> entry.operation().equals("cluster.invite"))
        .hasSize(2);
  }

  private void assertNoToken(String node, String what, String hint) {
    assertThatThrownBy(() -> token(Role.WORKER, node))
        .cause()
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.code()).isEqualTo(Refusal.Code.WRONG_STATE);
              assertThat(refusal.getMessage()).contains(what);
              assertThat(refusal.hint()).contains(hint);
            });
  }

  /** It was let in, and its process did not start after that: it has no vote, and no state. */
  @Test
  void aCoordinatorThatHasNoReplicaYetIsJoiningHoweverLongThatTakes() throws Exception {
    NodeHome _ = join(Role.COORDINATOR, "c2", token(Role.COORDINATOR, null));

    await()
        .during(SEVERAL_TRIES_TO_REACH_IT)
        .atMost(PATIENCE)
        .until(() -> roles().equals(Map.of("c1", "leader", "c2", "joining")));
  }

  private Map<String, String> roles() {
    return coordinator.gateway().cluster(ADMIN).coordinators().stream()
        .collect(Collectors.toMap(CoordinatorView::id, CoordinatorView::role));
  }

  @Test
  void aTokenThatIsBoundToANameLetsNoOtherIn() throws Exception {
    JoinToken token = token(Role.WORKER, "w7");

    assertThatThrownBy(() -> join(Role.WORKER, "w8", token))
        .isInstanceOf(JoinFailure.class)
        .hasMessageContaining("does not let this node in");
    assertThat(join(Role.WORKER, "w7", token).identity())
        .isEqualTo(new NodeIdentity("lab", "w7", Role.WORKER));
    assertThat(coordinator.gateway().audit(ADMIN, 10, null).items())
        .filteredOn(entry -> entry.operation().equals("cluster.join"))
        .extracting(AuditEntry::object, AuditEntry::result)
        .containsExactly(tuple("w7", "ok"), tuple("w8", "refused"));
  }

  /**
   * The answer may get lost on its way: the same node with the same key has not been let in twice.
   */
  @Test
  void whoAsksAgainWithTheSameKeyGetsTheSameAnswer() throws Exception {
    JoinRequest message = application("w1", token(Role.WORKER, null));
    var stub = MembershipGrpc.newBlockingStub(stranger());

    assertThat(ask(stub, message).hasAdmitted()).isTrue();
    assertThat(ask(stub, message).hasAdmitted()).isTrue();
    assertThat(ask(stub, message.toBuilder().setNode("w2").build()).getRefused()).isNotEmpty();
  }

  @Test
  void aCoordinatorThatAsksAgainGetsTheSameAnswer() throws Exception {
    JoinRequest message = asCoordinator(application("c2", token(Role.COORDINATOR, null)), "c2");
    var stub = MembershipGrpc.newBlockingStub(stranger());

    assertThat(ask(stub, message).getAdmitted().hasAuthority()).isTrue();
    assertThat(ask(stub, message).getAdmitted().hasAuthority()).isTrue();
    JoinRequest elsewhere =
        message.toBuilder().setPlace(message.getPlace().toBuilder().setPeer("127.0.0.1:1")).build();
    assertThat(ask(stub, elsewhere).getRefused()).isNotEmpty();
    JoinRequest otherPeerKey =
        message.toBuilder()
            .setPeerRequest(application("c3", token(Role.WORKER, null)).getRequest())
            .build();
    assertThat(ask(stub, otherPeerKey).getRefused()).isNotEmpty();
    assertThat(joins()).containsExactly("c2 refused", "c2 ok");
  }

  /** Whoever has a worker, and so its token and its key, must not have the cluster. */
  @Test
  void aWorkerThatAsksAgainAsACoordinatorGetsNoKeys() throws Exception {
    JoinRequest worker = application("w1", token(Role.WORKER, null));
    var stub = MembershipGrpc.newBlockingStub(stranger());
    assertThat(ask(stub, worker).hasAdmitted()).isTrue();

    JoinReply reply = ask(stub, asCoordinator(worker, "w1"));

    assertThat(reply.hasAdmitted()).isFalse();
    assertThat(reply.getRefused()).contains("The cluster has a node w1 already");
    assertThat(joins()).containsExactly("w1 refused", "w1 ok");
  }

  @Test
  void whoWasPutOutDoesNotComeBackByAskingAgain() throws Exception {
    JoinRequest worker = application("w1", token(Role.WORKER, null));
    var stub = MembershipGrpc.newBlockingStub(stranger());
    assertThat(ask(stub, worker).hasAdmitted()).isTrue();
    coordinator.gateway().removeNode(ADMIN, "w1", false).join();

    assertThat(ask(stub, worker).getRefused()).contains("w1 was put out of the cluster");
    assertThat(ask(stub, asCoordinator(worker, "w1")).getRefused())
        .contains("w1 was put out of the cluster");
    assertThat(joins()).containsExactly("w1 refused", "w1 refused", "w1 ok");
  }

  @Test
  void nobodyAsksAgainWhenTheTimeOfTheTokenIsOver() throws Exception {
    var stub = MembershipGrpc.newBlockingStub(stranger());
    JoinRequest worker = admittedForAMoment(stub);

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(ask(stub, worker).getRefused()).isNotEmpty());
  }

  /** Let in by a token that lives so long that this machine can use it, and not much longer. */
  private JoinRequest admittedForAMoment(MembershipGrpc.MembershipBlockingStub stub)
      throws Exception {
    for (Duration life = Duration.ofMillis(1_500); ; life = life.multipliedBy(2)) {
      JoinRequest worker = application("w1", token(Role.WORKER, null, life));
      if (ask(stub, worker).hasAdmitted()) {
        return worker;
      }
      assertThat(life).isLessThan(PATIENCE);
    }
  }

  @Test
  void whoseClockIsAnHourOffIsNotLetInAndKeepsItsToken() throws Exception {
    JoinToken token = token(Role.WORKER, null);
    NodeHome home = NodeHome.open(directory.resolve("w1"));
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      Joining fast =
          new Joining(
              token,
              Role.WORKER,
              "w1",
              null,
              home,
              _ -> {},
              InstantSource.offset(InstantSource.system(), Duration.ofHours(1)));

      assertThatExceptionOfType(JoinFailure.class)
          .isThrownBy(() -> fast.join(discovery, PATIENCE))
          .satisfies(failure ->
              assertThat(failure.remedy())
                  .containsPattern("3[56]\\d\\d s ahead of the cluster's")
                  .contains("NTP", "CAP-8105"));
    }
    JoinRequest slow =
        application("w1", token).toBuilder()
            .setWallMillis(Instant.now().minus(Duration.ofHours(1)).toEpochMilli())
            .build();
    assertThat(ask(MembershipGrpc.newBlockingStub(stranger()), slow).getRefused())
        .containsPattern("36\\d\\d s behind the cluster's");

    assertThat(join(Role.WORKER, "w1", token).identity()).isNotNull();
    assertThat(joins()).contains("w1 refused", "w1 ok");
  }

  /** Anybody can make up ids, so they must not cost an entry each. */
  @Test
  void whoMakesUpTokensIsAuditedOnce() throws Exception {
    var stub = MembershipGrpc.newBlockingStub(stranger());
    for (int i = 1; i <= 5; i++) {
      JoinToken madeUp = JoinToken.fresh(new SecureRandom(), token(Role.WORKER, null).pin());
      assertThat(ask(stub, application("w" + i, madeUp)).getRefused())
          .contains("knows no such join token");
    }

    assertThat(joins()).containsExactly("w1 refused");
  }

  @Test
  void aDeadTokenCostsNoMoreEntries() throws Exception {
    JoinToken token = token(Role.WORKER, null);
    JoinRequest wrong =
        application("w1", token).toBuilder()
            .setTokenSecret(JoinToken.fresh(new SecureRandom(), token.pin()).secret().text())
            .build();
    var stub = MembershipGrpc.newBlockingStub(stranger());
    for (int i = 0; i < JoinGrant.DEADLY_GUESSES; i++) {
      assertThat(ask(stub, wrong).getRefused()).contains("knows no such join token");
    }
    for (int i = 0; i < 5; i++) {
      assertThat(ask(stub, application("w1", token)).getRefused()).contains("is dead");
    }

    assertThat(joins()).hasSize(JoinGrant.DEADLY_GUESSES + 1).doesNotContain("w1 ok");
  }

  @Test
  void anExpiredTokenIsRefusedAndAudited() throws Exception {
    JoinToken token = token(Role.WORKER, "w7", Duration.ofMillis(500));
    var stub = MembershipGrpc.newBlockingStub(stranger());

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(ask(stub, application("w8", token)).getRefused()).contains("has expired"));
    assertThat(joins()).contains("w8 refused").doesNotContain("w8 ok");
  }

  private JoinRequest application(String node, JoinToken token) throws IOException {
    NodeHome home = NodeHome.open(directory.resolve(node));
    byte[] request = home.keys().request(Purpose.NODES, new NodeIdentity("lab", node, Role.WORKER));
    return JoinRequest.newBuilder()
        .setTokenId(token.id())
        .setTokenSecret(token.secret().text())
        .setRole(NodeRole.WORKER)
        .setNode(node)
        .setRequest(ByteString.copyFrom(request))
        .build();
  }

  /** The same request, but for all that a coordinator gets. */
  private JoinRequest asCoordinator(JoinRequest request, String node) throws IOException {
    NodeHome home = NodeHome.open(directory.resolve(node));
    byte[] peer = home.keys().request(Purpose.PEERS, NodeIdentity.coordinator("lab", node));
    return request.toBuilder()
        .setRole(NodeRole.COORDINATOR)
        .setPeerRequest(ByteString.copyFrom(peer))
        .setPlace(ClusterCoordinator.place(config, node).message())
        .build();
  }

  /** Shows no certificate. */
  private ManagedChannel stranger() throws IOException {
    return channel(NodeHome.open(directory.resolve("c1")), NodeKeys.none());
  }

  /** The first answer; the first coordinator stores itself a moment after it begins to lead. */
  private static JoinReply ask(MembershipGrpc.MembershipBlockingStub stub, JoinRequest request) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> stub.join(request), reply -> !reply.hasElsewhere());
  }

  /** What the audit says of joins, the last one first. */
  private List<String> joins() {
    return coordinator.gateway().audit(ADMIN, 20, null).items().stream()
        .filter(entry -> entry.operation().equals("cluster.join"))
        .map(entry -> entry.object() + " " + entry.result())
        .toList();
  }

  /**
   * A disk that was lost, and the keys from a backup, which may still hold what founds a cluster.
   */
  @Test
  void aCoordinatorThatHasLostItsLogDoesNotComeBackUnderItsName() throws Exception {
    coordinator.close();
    open.remove(coordinator);
    Path data = directory.resolve("c1");
    for (String lost : List.of("log", "store", "identity")) {
      delete(data.resolve(lost));
    }
    Files.writeString(data.resolve("founding"), Files.readString(backup));

    assertThatThrownBy(() -> ClusterCoordinator.start(config, NodeHome.open(data), Map.of()))
        .isInstanceOfSatisfying(
            StartupRefusal.class,
            refusal -> assertThat(refusal.code()).isEqualTo(StartupRefusal.Code.LOG_LOST));
    assertThat(data.resolve("log")).as("nothing was made").doesNotExist();
  }

  @Test
  void aCoordinatorThatHasItsLogStartsAgain() throws Exception {
    coordinator.close();
    open.remove(coordinator);

    coordinator =
        ClusterCoordinator.start(config, NodeHome.open(directory.resolve("c1")), Map.of());
    open.add(coordinator);

    await().atMost(PATIENCE).until(coordinator::leads);
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
