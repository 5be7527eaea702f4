package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.placement.Peers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A worker that says that it lives, but does not come to read what it is sent. */
class ConfirmationsTest {
  private final NodesFixture nodes = NodesFixture.inProcess();

  @AfterEach
  void close() {
    nodes.close();
  }

  private WorkerStub join(boolean confirms) {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.answersQuestions();
    worker.join(WorkerStub.hello("a", 5).setConfirms(confirms));
    soon().until(() -> nodes.status("a").equals("active"));
    return worker;
  }

  /** Lives on, and has read so many dispatches; returns when the coordinator has heard it. */
  private void lives(WorkerStub worker, long read) {
    worker.hasRead(read);
    nodes.pass(Duration.ofMillis(50));
    var answer = nodes.live("a").session.probe();
    soon().until(answer::isDone);
  }

  private boolean takes() {
    return nodes.board.hasRoom(NodesFixture.SHELL);
  }

  @Test
  void getsNothingMoreUntilItHasReadWhatItWasSent() {
    WorkerStub worker = join(true);
    nodes.dispatch("x");
    nodes.dispatch("y");
    lives(worker, 0);
    lives(worker, 0);
    assertThat(takes()).isTrue();
    lives(worker, 0);
    lives(worker, 0);
    assertThat(takes()).isFalse();
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
    int before = nodes.partition.slotsFreed.get();
    lives(worker, 2);
    assertThat(takes()).isTrue();
    assertThat(nodes.partition.slotsFreed.get()).isGreaterThan(before);
  }

  @Test
  void isAskedForLaterOnesFromTheTimeAtWhichItHasReadTheEarlier() {
    WorkerStub worker = join(true);
    nodes.dispatch("x");
    lives(worker, 0);
    nodes.dispatch("y");
    lives(worker, 1);
    lives(worker, 1);
    lives(worker, 1);
    assertThat(takes()).isTrue();
    lives(worker, 1);
    lives(worker, 1);
    assertThat(takes()).isFalse();
  }

  @Test
  void confirmsMoreThanItWasSentAndIsNotBelieved() {
    WorkerStub worker = join(true);
    lives(worker, 1_000);
    nodes.dispatch("x");
    for (int i = 0; i < 4; i++) {
      lives(worker, 0);
    }
    assertThat(takes()).isFalse();
  }

  @Test
  void ofAnEarlierVersionConfirmsNothingAndGetsMore() {
    WorkerStub worker = join(false);
    nodes.dispatch("x");
    for (int i = 0; i < 6; i++) {
      lives(worker, 0);
    }
    assertThat(takes()).isTrue();
  }

  @Test
  void owesNothingForWhatNeverWentOut() {
    Confirmations confirmations = new Confirmations();
    confirmations.expect(true);
    confirmations.sent(3, 0);
    confirmations.read(1, 10);
    confirmations.dropped(2, 20);
    confirmations.look(1_000, 100);
    assertThat(confirmations.isLate()).isFalse();
    confirmations.sent(1, 1_000);
    confirmations.look(1_101, 100);
    assertThat(confirmations.isLate()).isTrue();
    assertThat(confirmations.read(2, 1_102)).isTrue();
    assertThat(confirmations.isLate()).isFalse();
  }
}
