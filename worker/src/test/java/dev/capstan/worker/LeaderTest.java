package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.executor.Outcome;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two coordinators, of which one leads: what is held belongs to neither. Time passes when a test
 * says so; a lease is 800 ms, and who begins to lead waits 1600 ms for nodes.
 */
class LeaderTest {

  private static final long LEASE = 800;

  @TempDir Path directory;

  private final ManualTimer timer = new ManualTimer();
  private final Gate gate = new Gate();
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final FakeCoordinator first =
      new FakeCoordinator().named("c1").keepAliveMillis(LEASE / 4).returnMillis(2 * LEASE);
  private final FakeCoordinator second =
      new FakeCoordinator()
          .named("c2")
          .keepAliveMillis(LEASE / 4)
          .returnMillis(2 * LEASE)
          .leading(false)
          .knowing("c1")
          .term(2);
  private Cluster cluster;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    cluster =
        Cluster.start(
            directory,
            first,
            options ->
                options.slots(2).executor(gate).executor(new ScriptedExecutor(this::stubborn)),
            timer);
    String name = UUID.randomUUID().toString();
    server = InProcessServerBuilder.forName(name).addService(second).build().start();
    channel = InProcessChannelBuilder.forName(name).build();
    // What follows the welcome is heard when all that comes of the welcome is done.
    first.knowing("c1").session(0).keepAlive();
    await(() -> cluster.worker().session().connections().getFirst().leader().equals("c1"));
    cluster.worker().attach(channel);
    second.session(0);
    await(() -> phase(1) == Phase.STANDBY);
  }

  @AfterEach
  void stop() {
    gate.open();
    mayEnd.countDown();
    cluster.close();
    channel.shutdownNow();
    server.shutdownNow();
  }

  /** Does not care for interrupts. */
  private Outcome stubborn(dev.capstan.worker.executor.Attempt attempt) {
    while (true) {
      try {
        mayEnd.await();
        return attempt.cancelled()
            ? new Outcome.Cancelled()
            : new Outcome.Completed(IntNode.valueOf(7));
      } catch (InterruptedException ignored) {
        // That is its point.
      }
    }
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(FakeCoordinator.PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .until(condition);
  }

  private Phase phase(int coordinator) {
    return cluster.worker().status().sessions().get(coordinator).phase();
  }

  private Dispatch running() {
    Dispatch dispatch = first.dispatch(Gate.KIND, "{}");
    first.session(0).send(dispatch);
    gate.awaitEntered(1);
    return dispatch;
  }

  /** The first coordinator can't be reached from now on. */
  private void cutOff() {
    first.welcoming(false);
    breakOff(0);
  }

  /**
   * Breaks a stream of the first coordinator, and waits until the node knows and has planned the
   * next one.
   */
  private void breakOff(int stream) {
    int before = timer.given();
    first.session(stream).breakOff();
    await(() -> phase(0) == Phase.BACKING_OFF && timer.given() > before);
  }

  /**
   * Lets time pass in which the second coordinator says something all the while, and the node hears
   * it.
   */
  private void pass(long millis) {
    Connection connection = cluster.worker().session().connections().get(1);
    for (long left = millis; left > 0; left -= 50) {
      timer.pass(Math.min(left, 50));
      second.session(0).keepAlive();
      await(() -> connection.silentNanos() == 0 && connection.leader().equals(second.known()));
    }
  }

  private int stopped() {
    return gate.interrupted().size();
  }

  /** The second one takes over, in its term. */
  private void takeOver() {
    second.epoch(1).session(0).lead();
    await(() -> cluster.worker().session().leader().equals("c2"));
  }

  private static long keepAlives(FakeCoordinator coordinator) {
    return coordinator.session(0).messages().stream().filter(WorkerMessage::hasKeepAlive).count();
  }

  @Test
  void aCoordinatorThatDoesNotLeadHearsKeepAlivesAlone() {
    Dispatch dispatch = running();
    gate.open();
    first.report(dispatch.getToken());
    await(() -> {
      pass(LEASE / 4);
      return keepAlives(second) > 3;
    });

    assertThat(second.session(0).messages())
        .allMatch(message -> message.hasHello() || message.hasKeepAlive());
  }

  /** Over all streams: one that breaks before they are read takes its questions with it. */
  private static long questions(FakeCoordinator coordinator) {
    return coordinator.streams().stream()
        .flatMap(stream -> stream.messages().stream())
        .filter(message -> message.getKeepAlive().getAsks())
        .count();
  }

  @Test
  void whoeverDoesNotLeadIsAskedWhoDoesWhenTheLeaderIsSilentOrGone() {
    first.echoing(false);
    // What it says may arrive at any moment, and counts from then on.
    second.echoing(false);
    timer.pass(LEASE / 4);
    assertThat(questions(second)).isZero();
    await(() -> {
      timer.pass(20);
      return questions(second) > 0;
    });
  }

  @Test
  void aCoordinatorThatDoesNotSayWhoLeadsIsTriedOverAnotherStream() {
    second.echoing(false);
    cutOff();
    timer.pass(LEASE / 2 + LEASE / 8);
    await(() -> questions(second) == 1);
    await(() -> {
      timer.pass(20);
      return phase(1) == Phase.BACKING_OFF;
    });
    assertThat(questions(second)).isEqualTo(1);
    assertThat(timer.nanos()).isLessThan(TimeUnit.MILLISECONDS.toNanos(3 * LEASE));
  }

  @Test
  void attemptsGoOnAndReportToTheNextLeader() {
    Dispatch dispatch = running();
    cutOff();
    takeOver();

    assertThat(second.session(0).hellos().getLast().getHoldingList())
        .containsExactly(dispatch.getToken());
    assertThat(second.session(0).hellos().getLast().getEpoch()).isEqualTo(1);
    assertThat(second.session(0).hellos().getLast().getAnswers()).isEqualTo(1);
    gate.open();
    assertThat(second.report(dispatch.getToken()).getOutput().toStringUtf8()).isEqualTo("7");
  }

  @Test
  void aReportThatTheFormerLeaderMayNotHaveCommittedGoesToTheNextToo() {
    Dispatch dispatch = running();
    gate.open();
    first.report(dispatch.getToken());
    takeOver();

    second.report(dispatch.getToken());

    assertThat(second.session(0).hellos().getLast().getHoldingList())
        .containsExactly(dispatch.getToken());
  }

  @Test
  void whatALeaderThatWasReplacedDispatchesIsRefusedToItsFace() {
    takeOver();
    Dispatch late = first.dispatch(Gate.KIND, "{}");
    first.session(0).send(late);

    Report report = first.report(late.getToken());
    assertThat(report.getRefusal().getReason()).isEqualTo("the node follows another leader: 'c2'");
    assertThat(report.getRefusal().getBegun()).isFalse();
    assertThat(cluster.worker().status().running()).isZero();
    assertThat(second.find(late.getToken())).isEmpty();
  }

  @Test
  void nothingIsTakenFromALeaderOnceAnotherOneHasAsked() {
    second.welcoming(false).session(0).lead();
    await(() -> second.session(0).hellos().size() == 2);
    Dispatch late = first.dispatch(Gate.KIND, "{}");
    first.session(0).send(late);

    assertThat(first.report(late.getToken()).hasRefusal()).isTrue();
    assertThat(gate.entered()).isZero();
  }

  @Test
  void aLateLeaderChangesNothing() {
    takeOver();
    first.session(0).ask();
    first.session(0).standBy();
    Dispatch dispatch = second.dispatch(Gate.KIND, "{}");
    second.session(0).send(dispatch);
    gate.awaitEntered(1);
    gate.open();

    assertThat(second.report(dispatch.getToken()).getOutput().toStringUtf8()).isEqualTo("7");
    assertThat(phase(1)).isEqualTo(Phase.OPEN);
    assertThat(first.session(0).hellos()).hasSize(1);
  }

  @Test
  void aLateWelcomeChangesNothingAndItsStreamIsOpenedAnew() {
    takeOver();
    first.leading(false).knowing("c2").session(0).welcome();
    await(() -> phase(0) == Phase.BACKING_OFF);
    Dispatch dispatch = second.dispatch("capstan:noop", "{}");
    second.session(0).send(dispatch);
    second.report(dispatch.getToken());

    await(() -> {
      pass(50);
      return first.streams().size() > 1;
    });
    await(() -> phase(0) == Phase.STANDBY);
    assertThat(phase(1)).isEqualTo(Phase.OPEN);
  }

  @Test
  void aClusterThatBeginsAnewIsFollowedWhenTheOldOneWasNotHeardOfForALease() {
    takeOver();
    second.welcoming(false).session(0).breakOff();
    await(() -> phase(1) == Phase.BACKING_OFF);

    await(() -> {
      timer.pass(20);
      return cluster.worker().session().leader().equals("c1");
    });
    assertThat(timer.nanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(LEASE));
  }

  @Test
  void whatWasBegunAfterTheHelloThatIsAnsweredIsStopped() {
    second.welcoming(false).session(0).lead();
    first.term(2);
    second.term(3);
    await(() -> second.session(0).hellos().size() == 2);
    first.session(0).welcome();
    Dispatch unlisted = first.dispatch(Gate.KIND, "{}");
    first.session(0).send(unlisted);
    gate.awaitEntered(1);

    second.session(0).welcome();

    Report report = second.report(unlisted.getToken());
    assertThat(report.getRefusal().getReason())
        .isEqualTo("the leadership changed while the node began it");
    assertThat(report.getRefusal().getBegun()).isTrue();
    assertThat(stopped()).isEqualTo(1);
  }

  /** The other one counts from when it began to lead, which is about when the node hears of it. */
  @Test
  void aNodeStopsWhatItHoldsALeaseAfterItHeardOfALeaderThatItCanNotReach() {
    running();
    first.echoing(false).welcoming(false);
    second.knowing("c3");
    pass(LEASE);
    assertThat(stopped()).isZero();
    pass(LEASE / 2);

    await(() -> stopped() == 1);
  }

  @Test
  void aNodeThatIsCutOffFromTheLeaderStopsWhatItHoldsAndHandsItBack() {
    Dispatch dispatch = running();
    cutOff();
    pass(LEASE);
    assertThat(stopped()).isZero();

    pass(200);

    await(() -> cluster.worker().status().running() == 0);
    assertThat(second.find(dispatch.getToken())).isEmpty();
    takeOver();
    assertThat(second.session(0).hellos().getLast().getHoldingList())
        .containsExactly(dispatch.getToken());
    Report report = second.report(dispatch.getToken());
    assertThat(report.getRefusal().getReason())
        .isEqualTo("the node heard of no leader for too long and stopped it");
    assertThat(report.getRefusal().getBegun()).isTrue();
  }

  @Test
  void whatIsStoppedAndHasNotEndedYetIsHandedBackWhenItHas() {
    Dispatch dispatch = first.dispatch(ScriptedExecutor.KIND, "{}");
    first.session(0).send(dispatch);
    await(() -> cluster.worker().status().running() == 1);
    cutOff();
    pass(LEASE + 200);
    takeOver();
    assertThat(second.session(0).hellos().getLast().getHoldingList())
        .as("it is the node's until it has ended")
        .containsExactly(dispatch.getToken());

    mayEnd.countDown();

    assertThat(second.report(dispatch.getToken()).hasRefusal()).isTrue();
  }

  @Test
  void whileNobodyLeadsAttemptsGoOnForSomeLeases() {
    second.knowing("");
    pass(50);
    running();
    cutOff();

    pass(7 * LEASE);
    assertThat(stopped()).isZero();
    pass(LEASE + 200);
    await(() -> stopped() == 1);
  }

  @Test
  void whileAnotherOneLeadsAttemptsGoOnUntilItMayGiveThemAway() {
    second.knowing("c3");
    running();
    cutOff();
    pass(LEASE);
    assertThat(stopped()).isZero();

    pass(200);

    await(() -> stopped() == 1);
  }

  @Test
  void whoBeginsToLeadIsTriedOftenEnough() {
    cutOff();
    for (int tries = 1; tries < 12; tries++) {
      int opened = tries;
      timer.pass(2 * LEASE / 4);
      await(() -> first.streams().size() > opened);
      breakOff(opened);
    }
  }
}
