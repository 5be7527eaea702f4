package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.node.config.Limits;
import dev.capstan.server.partition.RecordingPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a coordinator that begins to lead makes of nodes that it has had streams with. Nodes that it
 * never heard of have 800 ms to come, a lease is 400 ms, and who lost a stream has 150 ms.
 */
class NewLeaderTest {
  private final NodesFixture nodes = NodesFixture.with(settings());

  @AfterEach
  void close() {
    nodes.close();
  }

  /** With some patience for connections that break, and room for many nodes. */
  private static NodeSettings settings() {
    NodeSettings usual = NodesFixture.settings();
    return new NodeSettings(
        usual.cluster(),
        usual.coordinator(),
        usual.keepAlive(),
        usual.silentIntervals(),
        usual.silenceCounts(),
        Duration.ofMillis(150),
        usual.helloWithin(),
        usual.refusalPause(),
        usual.remembered(),
        usual.strategy(),
        Limits.DEFAULT);
  }

  /** A worker that has joined and holds an attempt, and whose coordinator leads no more. */
  private WorkerStub inStandby(String id) {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello(id, 2));
    soon().until(() -> nodes.status(id).equals("active"));
    nodes.partition.present.add(nodes.dispatch("of-" + id));
    return worker;
  }

  private void standBy(WorkerStub... workers) {
    nodes.service.follow();
    for (WorkerStub worker : workers) {
      worker.hear(CoordinatorMessage::hasStandby);
    }
  }

  private void breaksOff(WorkerStub worker) {
    int before = nodes.service.sessions();
    worker.breakOff();
    soon().until(() -> nodes.service.sessions() == before - 1);
  }

  private static void comesBack(WorkerStub worker, String id, AttemptToken... holds) {
    Hello.Builder hello = WorkerStub.hello(id, 2).setEpoch(1);
    List.of(holds).forEach(token -> hello.addHolding(ReportReader.token(token)));
    worker.send(WorkerMessage.newBuilder().setHello(hello).build());
  }

  private List<Long> lost() {
    return nodes.partition.lost.stream().map(RecordingPartition.Lost::epoch).toList();
  }

  @Test
  void whoseStreamBrokeAMomentBeforeHasAsLongAsAnyOtherWhoseStreamBroke() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    breaksOff(worker);
    nodes.pass(Duration.ofMillis(50));

    nodes.lead();
    nodes.pass(Duration.ofMillis(50));
    assertThat(lost()).isEmpty();
    nodes.pass(Duration.ofMillis(50));

    assertThat(lost()).containsExactly(1L);
    assertThat(nodes.partition.audits).contains("node.lost a");
  }

  @Test
  void whoseStreamBreaksBeforeItAnswersHasAsLongAsAnyOtherWhoseStreamBroke() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    nodes.lead();
    worker.question(1);
    breaksOff(worker);

    nodes.pass(Duration.ofMillis(100));
    assertThat(lost()).isEmpty();
    nodes.pass(Duration.ofMillis(50));

    assertThat(lost()).containsExactly(1L);
  }

  @Test
  void whoComesBackOverAnotherStreamGoesOn() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    breaksOff(worker);
    nodes.lead();
    nodes.pass(Duration.ofMillis(100));

    WorkerStub again = WorkerStub.connect(nodes.channel);
    comesBack(again, "a", new AttemptToken("of-a", 1, 1, 1));
    Welcome welcome = again.hear(CoordinatorMessage::hasWelcome).getWelcome();
    nodes.pass(Duration.ofMillis(300));

    assertThat(welcome.getEpoch()).isEqualTo(1);
    assertThat(welcome.getReleasedList()).isEmpty();
    assertThat(lost()).isEmpty();
  }

  @Test
  void whoStoodByAgainBeforeTheChangeIsNotGone() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    breaksOff(worker);
    WorkerStub again = WorkerStub.connect(nodes.channel);
    comesBack(again, "a");
    again.hear(CoordinatorMessage::hasStandby);
    nodes.lead();
    again.question(1);

    nodes.pass(Duration.ofMillis(350));

    assertThat(lost()).isEmpty();
  }

  @Test
  void whoHasAnotherStreamIsNotGone() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    WorkerStub another = WorkerStub.connect(nodes.channel);
    comesBack(another, "a");
    another.hear(CoordinatorMessage::hasStandby);
    breaksOff(worker);
    nodes.lead();

    nodes.pass(Duration.ofMillis(350));

    assertThat(lost()).isEmpty();
  }

  /** The former leader has heard it since, or would have found out. */
  @Test
  void whoseStreamHasBeenBrokenForLongIsWaitedForAsOneThatWasNeverThere() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    breaksOff(worker);
    nodes.pass(Duration.ofMillis(450));

    nodes.lead();
    nodes.pass(Duration.ofMillis(750));
    assertThat(lost()).isEmpty();
    nodes.pass(Duration.ofMillis(50));

    assertThat(lost()).containsExactly(1L);
  }

  @Test
  void whoDoesNotAnswerForALeaseIsLost() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    nodes.pass(Duration.ofMillis(300));
    nodes.lead();
    worker.question(1);

    nodes.pass(Duration.ofMillis(400));
    assertThat(lost()).isEmpty();
    nodes.pass(Duration.ofMillis(100));

    assertThat(lost()).containsExactly(1L);
  }

  /** They are out of breath: the new leader has asked all at once. */
  @Test
  void whereManyDoNotAnswerTheyAreWaitedForAsThoseThatWereNeverThere() {
    List<WorkerStub> workers = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      workers.add(inStandby("w" + i));
    }
    standBy(workers.toArray(WorkerStub[]::new));
    nodes.lead();
    workers.forEach(worker -> worker.question(1));

    nodes.pass(Duration.ofMillis(750));
    assertThat(lost()).isEmpty();
    nodes.pass(Duration.ofMillis(50));

    assertThat(lost()).hasSize(11);
  }

  /** What it finds to be gone may have gone on elsewhere, and be about to come back here. */
  @Test
  void aCoordinatorThatStoodStillItselfSeesNoSigns() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    nodes.time.advance(Duration.ofSeconds(5));
    nodes.service.tick();
    breaksOff(worker);
    nodes.lead();

    nodes.pass(Duration.ofMillis(300));

    assertThat(lost()).isEmpty();
  }

  @Test
  void whoIsLostForAnotherPartitionAndDoesNotAnswerIsLostHereToo() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    nodes.lead();
    worker.question(1);
    nodes.pass(Duration.ofMillis(50));
    nodes.directory.elsewhere("a", true);

    nodes.pass(Duration.ofMillis(100));
    assertThat(lost()).isEmpty();
    nodes.pass(Duration.ofMillis(50));

    assertThat(lost()).containsExactly(1L);
  }

  @Test
  void whoHasNotAnsweredForHalfALeaseWhenAnotherPartitionLosesItIsLostThen() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    nodes.lead();
    worker.question(1);
    nodes.pass(Duration.ofMillis(250));
    assertThat(lost()).isEmpty();
    nodes.directory.elsewhere("a", true);
    nodes.service.tick();

    assertThat(lost()).containsExactly(1L);
  }

  @Test
  void whoWasLostForAnotherPartitionJustBeforeIsLostHereTooIfItDoesNotAnswer() {
    WorkerStub worker = inStandby("a");
    WorkerStub other = inStandby("b");
    standBy(worker, other);
    nodes.directory.elsewhere("a", true);
    nodes.directory.elsewhere("b", true);
    nodes.directory.elsewhere("b", false);
    nodes.lead();

    nodes.pass(Duration.ofMillis(200));

    assertThat(lost()).containsExactly(1L);
  }

  @Test
  void whoIsLostForAnotherPartitionAndIsHereStays() {
    WorkerStub worker = inStandby("a");
    standBy(worker);
    nodes.directory.elsewhere("a", true);
    nodes.lead();
    worker.answer(WorkerStub.hello("a", 2).setEpoch(1), worker.question(1).getNumber());
    soon().until(() -> nodes.status("a").equals("active"));

    nodes.pass(Duration.ofMillis(300));

    assertThat(lost()).isEmpty();
  }
}
