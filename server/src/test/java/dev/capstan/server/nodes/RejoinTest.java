package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.placement.Peers;
import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A node comes back while it is about to be given up: whichever the partition decides first counts,
 * wholly. The partition decides and commits when the test says so.
 */
class RejoinTest {
  private NodesFixture nodes = NodesFixture.patient();

  @AfterEach
  void close() {
    nodes.close();
  }

  private WorkerStub join(String id) {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello(id, 2));
    soon().until(() -> nodes.status(id).equals("active"));
    return worker;
  }

  private AttemptToken running(WorkerStub worker) {
    AttemptToken token = nodes.dispatch("e1");
    nodes.partition.present.add(token);
    worker.hear(CoordinatorMessage::hasDispatches);
    return token;
  }

  /** Breaks the stream, and says hello over another one; the hello has arrived, undecided. */
  private WorkerStub comesBack(WorkerStub worker, Hello.Builder hello) {
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));
    nodes.partition.pause();
    return saysHello(hello);
  }

  private WorkerStub saysHello(Hello.Builder hello) {
    WorkerStub again = WorkerStub.connect(nodes.channel);
    again.send(WorkerMessage.newBuilder().setHello(hello).build());
    soon().until(() -> nodes.partition.undecided() > 0);
    return again;
  }

  private static Hello.Builder holding(long epoch, AttemptToken... tokens) {
    Hello.Builder hello = WorkerStub.hello("a", 2).setEpoch(epoch);
    List.of(tokens).forEach(token -> hello.addHolding(ReportReader.token(token)));
    return hello;
  }

  /** Everything that is asked is decided and durable. */
  private void settle() {
    while (nodes.partition.decide() + nodes.partition.commit() > 0) {
      // What was committed may have asked for more.
    }
  }

  private void goesOn(WorkerStub again, AttemptToken token) {
    Welcome welcome = again.hear(CoordinatorMessage::hasWelcome).getWelcome();
    assertThat(welcome.getEpoch()).isEqualTo(1);
    assertThat(welcome.getReleasedList()).isEmpty();
    assertThat(nodes.partition.lost).isEmpty();
    assertThat(nodes.partition.present).contains(token);
    assertThat(nodes.running("a")).isEqualTo(1);
    assertThat(rowOfA().status()).isEqualTo(NodeStatus.ACTIVE);
  }

  private NodeRows.Row rowOfA() {
    return NodeRows.readAll(nodes.partition.store()).stream()
        .filter(row -> row.profile().id().equals("a"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aJoinThatIsDecidedAndNotDurableYetKeepsTheNode() {
    WorkerStub worker = join("a");
    AttemptToken token = running(worker);
    WorkerStub again = comesBack(worker, holding(1, token));
    nodes.partition.decide();

    nodes.pass(Duration.ofMillis(300));
    settle();

    goesOn(again, token);
  }

  @Test
  void aJoinThatIsOnItsWayKeepsTheNode() {
    WorkerStub worker = join("a");
    AttemptToken token = running(worker);
    WorkerStub again = comesBack(worker, holding(1, token));

    nodes.pass(Duration.ofMillis(300));
    settle();

    goesOn(again, token);
  }

  @Test
  void aDepartureThatComesBehindAJoinIsVoid() {
    WorkerStub worker = join("a");
    AttemptToken token = running(worker);
    LiveNode former = nodes.live("a");
    WorkerStub again = comesBack(worker, holding(1, token));
    nodes.directory.gone(former, NodeStatus.LOST, "a test says so");
    settle();

    goesOn(again, token);
    nodes.pass(Duration.ofMillis(180));
    settle();
    assertThat(nodes.partition.lost).isEmpty();
    assertThat(nodes.status("a")).isEqualTo("active");
  }

  @Test
  void aDepartureThatComesBeforeAJoinVoidsWhatTheNodeHeld() {
    WorkerStub worker = join("a");
    AttemptToken token = running(worker);
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));
    nodes.partition.pause();
    nodes.pass(Duration.ofMillis(200));
    soon().until(() -> nodes.partition.undecided() == 1);
    WorkerStub again = WorkerStub.connect(nodes.channel);
    again.send(WorkerMessage.newBuilder().setHello(holding(1, token)).build());
    soon().until(() -> nodes.partition.undecided() == 2);
    settle();

    Welcome welcome = again.hear(CoordinatorMessage::hasWelcome).getWelcome();
    assertThat(welcome.getEpoch()).isEqualTo(2);
    assertThat(welcome.getReleasedList()).containsExactly(ReportReader.token(token));
    assertThat(nodes.partition.lost).singleElement().matches(lost -> lost.epoch() == 1);
    assertThat(rowOfA().status()).isEqualTo(NodeStatus.ACTIVE);
  }

  @Test
  void aNodeOfTheFormerLeaderThatIsAboutToJoinIsNotMissed() {
    AttemptToken token = running(join("a"));
    nodes.service.follow();
    try (NodesFixture former = nodes) {
      nodes = NodesFixture.restarted(former);
      nodes.partition.present.add(token);
      nodes.partition.pause();
      WorkerStub worker = saysHello(holding(1, token));

      nodes.pass(Duration.ofSeconds(2));
      settle();

      goesOn(worker, token);
      nodes.pass(Duration.ofMillis(100));
      assertThat(nodes.status("a")).isEqualTo("active");
    }
  }

  @Test
  void aNodeOfTheFormerLeaderIsSuspectUntilItIsBack() {
    try (NodesFixture _ = leaderGone()) {
      assertThat(nodes.status("a")).isEqualTo("suspect");

      saysHelloNow(holding(1));

      soon().until(() -> nodes.status("a").equals("active"));
    }
  }

  @Test
  void aNodeOfTheFormerLeaderIsLostWhenThatIsDurable() {
    try (NodesFixture _ = leaderGone()) {
      nodes.partition.pause();
      nodes.pass(Duration.ofMillis(700));
      assertThat(nodes.partition.undecided()).isZero();
      nodes.pass(Duration.ofMillis(200));
      assertThat(nodes.status("a")).isEqualTo("suspect");

      settle();

      assertThat(nodes.status("a")).isEqualTo("lost");
    }
  }

  @Test
  void whatAnOperatorSaysOfANodeThatIsAwaitedDoesNotBringItBack() {
    try (NodesFixture _ = leaderGone()) {
      nodes.directory.control().admit("a", Admission.CORDONED, null, "me").join();

      assertThat(nodes.status("a")).isEqualTo("suspect");
      assertThatThrownBy(() -> nodes.directory.control().remove("a", false, "me").join())
          .hasMessageContaining("may come back");
    }
  }

  @Test
  void aProbeOfANodeThatIsAwaitedIsAnsweredWhenItIsBack() {
    try (NodesFixture _ = leaderGone(NodesFixture.slow())) {
      CompletableFuture<NodeProbe> probe = nodes.directory.probe("a");
      assertThat(probe).isNotDone();

      saysHelloNow(holding(1)).answersQuestions();

      NodeProbe found = probe.orTimeout(60, TimeUnit.SECONDS).join();
      assertThat(found.round()).isNotNull();
      assertThat(found.node().status()).isEqualTo(NodeStatus.ACTIVE);
    }
  }

  @Test
  void aProbeOfANodeThatIsAwaitedIsAnsweredWhenItIsLost() {
    try (NodesFixture _ = leaderGone(NodesFixture.slow())) {
      CompletableFuture<NodeProbe> probe = nodes.directory.probe("a");
      assertThat(probe).isNotDone();

      nodes.pass(Duration.ofSeconds(81));

      NodeProbe found = probe.orTimeout(60, TimeUnit.SECONDS).join();
      assertThat(found.round()).isNull();
      assertThat(found.node().status()).isEqualTo(NodeStatus.LOST);
    }
  }

  @Test
  void aProbeOfANodeWhoseConnectionBrokeAsksOverTheNextOne() {
    nodes.close();
    nodes = NodesFixture.with(NodesFixture.slow());
    WorkerStub worker = join("a");
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));
    CompletableFuture<NodeProbe> probe = nodes.directory.probe("a");

    saysHelloNow(holding(1)).answersQuestions();

    assertThat(probe.orTimeout(60, TimeUnit.SECONDS).join().round()).isNotNull();
  }

  @Test
  void aProbeThatALeaderCanNotFinishIsForTheNextOne() {
    try (NodesFixture _ = leaderGone()) {
      CompletableFuture<NodeProbe> probe = nodes.directory.probe("a");

      nodes.service.follow();

      assertThatThrownBy(() -> probe.orTimeout(60, TimeUnit.SECONDS).join())
          .hasCauseInstanceOf(Refusal.class)
          .hasMessageContaining("leads no more");
    }
  }

  /** A leader that had node "a" is gone, and another one has begun; answers the former. */
  private NodesFixture leaderGone() {
    return leaderGone(NodesFixture.settings());
  }

  private NodesFixture leaderGone(NodeSettings settings) {
    join("a");
    NodesFixture former = nodes;
    former.service.follow();
    nodes = NodesFixture.restarted(former, settings);
    return former;
  }

  @Test
  void aStreamThatBreaksWhileItsNodeJoinsIsAsGoodAsOneThatBreaksLater() {
    WorkerStub worker = join("a");
    AttemptToken token = running(worker);
    WorkerStub again = comesBack(worker, holding(1, token));
    nodes.partition.decide();
    again.breakOff();
    soon().until(() -> nodes.service.sessions() == 0);
    settle();
    nodes.pass(Duration.ofMillis(100));
    assertThat(nodes.partition.undecided()).isZero();

    WorkerStub third = saysHello(holding(1, token));
    settle();
    goesOn(third, token);
  }

  @Test
  void nothingIsGivenToANodeOverAStreamThatIsAboutToBeReplaced() {
    join("a");
    nodes.partition.pause();
    WorkerStub again = saysHello(holding(1));

    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
    settle();
    again.hear(CoordinatorMessage::hasWelcome);
    soon().until(() -> nodes.status("a").equals("active"));
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
  }

  @Test
  void atTheLimitOfNodesThoseThatAreKnownComeBack() {
    for (int i = 0; i < nodes.settings.limits().nodes() - 1; i++) {
      WorkerStub.connect(nodes.channel).join(WorkerStub.hello("n" + i, 1));
    }
    WorkerStub worker = join("a");
    long epoch = nodes.live("a").epoch;
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));

    WorkerStub stranger = WorkerStub.connect(nodes.channel);
    stranger.send(WorkerMessage.newBuilder().setHello(WorkerStub.hello("stranger", 1)).build());
    assertThat(stranger.goodbye().getReason()).contains("too many nodes");
    assertThat(WorkerStub.connect(nodes.channel).join(holding(epoch)).getEpoch()).isEqualTo(epoch);
  }

  /**
   * The regular look comes up to a quarter of an interval late, and a killed worker's tasks wait.
   */
  @Test
  void aNodeIsGivenUpInTheMomentInWhichItsTimeIsOver() {
    List<Duration> reminders = new CopyOnWriteArrayList<>();
    nodes.service.remindBy(reminders::add);
    WorkerStub worker = join("a");
    running(worker);
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));

    soon().until(() -> reminders.equals(List.of(nodes.settings.reconnectWithin())));
    nodes.time.advance(reminders.getFirst());
    nodes.service.tick();

    soon().untilAsserted(() -> assertThat(nodes.partition.lost).hasSize(1));
  }

  @Test
  void aProcessThatStoodStillWaitsForNodesAllTheSame() {
    WorkerStub worker = join("a");
    AttemptToken token = running(worker);
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));

    nodes.time.advance(Duration.ofSeconds(3));
    nodes.service.tick();

    assertThat(nodes.partition.lost).isEmpty();
    goesOn(saysHelloNow(holding(1, token)), token);
  }

  private WorkerStub saysHelloNow(Hello.Builder hello) {
    WorkerStub again = WorkerStub.connect(nodes.channel);
    again.join(hello);
    return again;
  }
}
