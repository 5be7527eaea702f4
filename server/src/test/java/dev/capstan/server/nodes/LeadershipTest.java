package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.placement.Peers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions while the leadership comes and goes, and over broken connections. */
class LeadershipTest {
  private final NodesFixture nodes = NodesFixture.patient();

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

  private static void say(WorkerStub worker, Hello.Builder hello) {
    worker.send(WorkerMessage.newBuilder().setHello(hello).build());
  }

  private static Hello.Builder holding(String id, long epoch, AttemptToken... tokens) {
    Hello.Builder hello = WorkerStub.hello(id, 2).setEpoch(epoch);
    List.of(tokens).forEach(token -> hello.addHolding(ReportReader.token(token)));
    return hello;
  }

  @Test
  void aWorkerWaitsInStandbyUntilItsCoordinatorLeads() {
    nodes.service.follow();
    nodes.leader = "c2";
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    say(worker, WorkerStub.hello("a", 2));

    assertThat(worker.hear(CoordinatorMessage::hasStandby).getStandby().getLeader())
        .isEqualTo("c2");
    assertThat(nodes.directory.connected()).isZero();

    nodes.lead();
    assertThat(worker.question(1).getTerm()).isEqualTo(2);
    worker.answer(WorkerStub.hello("a", 2), 1);
    Welcome welcome = worker.hear(CoordinatorMessage::hasWelcome).getWelcome();
    assertThat(welcome.getEpoch()).isEqualTo(1);
    assertThat(welcome.getTerm()).isEqualTo(2);
    assertThat(welcome.getReturnMillis()).isEqualTo(800);
    assertThat(welcome.getSpreadMillis())
        .as("300 ms for the one node that there is")
        .isEqualTo(300);
  }

  @Test
  void keepAlivesInStandbyTellWhoLeads() {
    nodes.service.follow();
    nodes.leader = null;
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    say(worker, WorkerStub.hello("a", 2));
    worker.hear(CoordinatorMessage::hasStandby);
    nodes.leader = "c3";

    nodes.pass(Duration.ofMillis(25));

    assertThat(worker.hear(CoordinatorMessage::hasKeepAlive).getKeepAlive().getLeader())
        .isEqualTo("c3");
  }

  @Test
  void inStandbyLittleIsSaidButToWhoAsks() {
    WorkerStub worker = standby();
    nodes.pass(Duration.ofMillis(500));
    assertThat(worker.count(CoordinatorMessage::hasKeepAlive)).isZero();

    asks(worker);

    worker.hear(CoordinatorMessage::hasKeepAlive);
  }

  @Test
  void aWorkerInStandbyIsGivenMoreTimeThanOneThatIsLed() {
    WorkerStub worker = standby();
    nodes.pass(Duration.ofSeconds(3));
    assertThat(worker.count(CoordinatorMessage::hasGoodbye)).isZero();
    nodes.lead();
    worker.question(1);
    nodes.pass(Duration.ofMillis(300));
    assertThat(worker.count(CoordinatorMessage::hasGoodbye))
        .as("the answer has a lease, however long it said nothing before")
        .isZero();

    nodes.pass(Duration.ofMillis(200));

    assertThat(worker.goodbye().getReason()).isEqualTo("silence");
  }

  @Test
  void aCoordinatorThatLeadsNoMoreSendsItsWorkersIntoStandby() {
    WorkerStub worker = join("a");
    nodes.dispatch("e1");

    nodes.service.follow();

    worker.hear(CoordinatorMessage::hasStandby);
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
    assertThat(nodes.partition.lost).isEmpty();
  }

  @Test
  void theNextLeaderLetsANodeGoOnUnderItsEpoch() {
    join("a");
    AttemptToken kept = nodes.dispatch("e1");
    AttemptToken gone = nodes.dispatch("e2");
    nodes.service.follow();
    try (NodesFixture next = NodesFixture.restarted(nodes)) {
      next.partition.present.add(kept);
      WorkerStub worker = WorkerStub.connect(next.channel);

      Welcome welcome = worker.join(holding("a", 1, kept, gone));

      assertThat(welcome.getEpoch()).isEqualTo(1);
      assertThat(welcome.getReleasedList()).containsExactly(ReportReader.token(gone));
      assertThat(next.running("a")).isEqualTo(1);
      worker.report(WorkerStub.output(ReportReader.token(kept), "1"));
      soon().until(() -> next.partition.reports.size() == 1);
      assertThat(next.partition.lost).isEmpty();
    }
  }

  @Test
  void aNodeThatDoesNotComeBackToTheNextLeaderIsLost() {
    join("a");
    nodes.dispatch("e1");
    nodes.service.follow();
    try (NodesFixture next = NodesFixture.restarted(nodes)) {
      next.pass(Duration.ofMillis(750));
      assertThat(next.partition.lost).isEmpty();

      next.pass(Duration.ofMillis(100));

      assertThat(next.partition.lost).singleElement().matches(lost -> lost.epoch() == 1);
      assertThat(next.partition.audits).contains("node.lost a");
      WorkerStub late = WorkerStub.connect(next.channel);
      assertThat(late.join(holding("a", 1)).getEpoch()).isEqualTo(2);
    }
  }

  @Test
  void aBrokenConnectionThatComesBackAtOnceCostsNothing() {
    WorkerStub worker = join("a");
    AttemptToken token = nodes.dispatch("e1");
    nodes.partition.present.add(token);

    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));
    WorkerStub again = WorkerStub.connect(nodes.channel);
    Welcome welcome = again.join(holding("a", 1, token));

    assertThat(welcome.getEpoch()).isEqualTo(1);
    assertThat(welcome.getReleasedList()).isEmpty();
    nodes.pass(Duration.ofMillis(180));
    assertThat(nodes.status("a")).isEqualTo("active");
    assertThat(nodes.running("a")).isEqualTo(1);
    assertThat(nodes.partition.lost).isEmpty();
  }

  @Test
  void aBrokenConnectionThatStaysBrokenIsALostNodeSoon() {
    WorkerStub worker = join("a");
    nodes.dispatch("e1");
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));
    assertThat(nodes.partition.lost).isEmpty();

    nodes.pass(Duration.ofMillis(200));

    assertThat(nodes.status("a")).isEqualTo("lost");
    assertThat(nodes.partition.lost).singleElement().matches(lost -> lost.epoch() == 1);
  }

  @Test
  void anotherProcessOfTheSameNodeTakesItOverUnderAnotherEpoch() {
    WorkerStub former = join("a");
    WorkerStub other = WorkerStub.connect(nodes.channel);

    assertThat(other.join(WorkerStub.hello("a", 2)).getEpoch()).isEqualTo(2);

    assertThat(former.goodbye().getRetry()).isFalse();
    assertThat(nodes.partition.lost).singleElement().matches(lost -> lost.epoch() == 1);
  }

  private WorkerStub standby() {
    nodes.service.follow();
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    say(worker, WorkerStub.hello("a", 2));
    worker.hear(CoordinatorMessage::hasStandby);
    // The hello has come to its end when what was said after it is answered.
    asks(worker);
    worker.hear(CoordinatorMessage::hasKeepAlive);
    worker.heard.removeIf(CoordinatorMessage::hasKeepAlive);
    return worker;
  }

  private static void asks(WorkerStub worker) {
    worker.send(
        WorkerMessage.newBuilder().setKeepAlive(KeepAlive.newBuilder().setAsks(true)).build());
  }

  private void welcomedOnce(WorkerStub worker) {
    worker.hear(CoordinatorMessage::hasWelcome);
    soon().until(() -> nodes.status("a").equals("active"));
    nodes.dispatch("e1");
    worker.hear(CoordinatorMessage::hasDispatches);
    assertThat(worker.count(CoordinatorMessage::hasGoodbye)).isZero();
    assertThat(worker.count(CoordinatorMessage::hasWelcome)).isEqualTo(1);
  }

  @Test
  void aWorkerIsAskedOnceALeadershipHoweverManyNoticeThatItHasBegun() {
    WorkerStub worker = standby();

    nodes.lead();
    nodes.service.askAll();
    nodes.pass(Duration.ofMillis(100));
    worker.question(1);
    worker.answer(WorkerStub.hello("a", 2), 1);

    welcomedOnce(worker);
    assertThat(worker.count(CoordinatorMessage::hasLeads)).isEqualTo(1);
  }

  @Test
  void anAnswerThatComesTwiceCountsOnce() {
    WorkerStub worker = standby();
    nodes.lead();
    worker.question(1);

    worker.answer(WorkerStub.hello("a", 2), 1);
    worker.answer(WorkerStub.hello("a", 2), 1);

    welcomedOnce(worker);
  }

  @Test
  void aLeadershipThatGoesAndComesWhileAWorkerAnswersAsksAnew() {
    WorkerStub worker = standby();
    nodes.lead();
    nodes.service.follow();
    nodes.lead();
    worker.question(2);

    worker.answer(WorkerStub.hello("a", 1), 1);
    worker.answer(WorkerStub.hello("a", 2), 2);

    welcomedOnce(worker);
    assertThat(nodes.live("a").slots()).isEqualTo(2);
    assertThat(worker.count(CoordinatorMessage::hasStandby)).isEqualTo(2);
  }

  @Test
  void aJoinThatTheLeadershipDoesNotOutliveEndsInStandby() {
    nodes.partition.pause();
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    say(worker, WorkerStub.hello("a", 2));
    soon().until(() -> nodes.partition.undecided() == 1);
    nodes.service.follow();
    nodes.lead();
    nodes.partition.decide();
    assertThat(nodes.partition.commit()).isZero();

    worker.hear(CoordinatorMessage::hasStandby);
    worker.question(1);
    worker.answer(WorkerStub.hello("a", 2), 1);
    soon().until(() -> nodes.partition.decide() == 1);
    nodes.partition.commit();

    welcomedOnce(worker);
  }

  @Test
  void aJoinThatIsRefusedWhileTheLeadershipGoesIsAskedForAgain() {
    nodes.partition.pause();
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    say(worker, WorkerStub.hello("a", 2));
    soon().until(() -> nodes.partition.undecided() == 1);
    nodes.partition.refuse();

    worker.hear(CoordinatorMessage::hasStandby);
    nodes.pass(Duration.ofMillis(50));
    worker.answer(WorkerStub.hello("a", 2), worker.question(1).getNumber());
    soon().until(() -> nodes.partition.decide() == 1);
    nodes.partition.commit();

    welcomedOnce(worker);
  }

  @Test
  void aHelloOutOfTurnEndsTheSessionAndNotTheWorker() {
    WorkerStub worker = join("a");

    say(worker, WorkerStub.hello("a", 2));

    assertThat(worker.goodbye().getRetry()).isTrue();
  }
}
