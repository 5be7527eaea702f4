package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.placement.Peers;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.partition.RecordingPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that have proven who they are, and must not be let in, or not for longer. */
class EvictionTest {
  private final Gate gate = new Gate();
  private final NodesFixture nodes = NodesFixture.guarded(gate);

  @AfterEach
  void close() {
    nodes.close();
  }

  private WorkerStub join() {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello("a", 2));
    soon().until(() -> nodes.status("a").equals("active"));
    return worker;
  }

  @Test
  void whoWasPutOutLosesTheSessionThatItHas() {
    WorkerStub worker = join();
    gate.evicted.add("a");

    nodes.service.recheck();

    assertThat(worker.goodbye().getRetry()).isFalse();
    soon().until(worker::ended);
  }

  /** Whoever asks again has not heard the answer. */
  @Test
  void whoWasPutOutMayBePutOutAgain() {
    WorkerStub _ = join();
    nodes.directory.control().remove("a", true, "somebody").join();
    List<String> audits = List.copyOf(nodes.partition.audits);

    nodes.directory.control().remove("a", true, "somebody").join();

    assertThat(nodes.partition.audits).contains("node.remove a").isEqualTo(audits);
  }

  /** Before its session has come to its end, which takes a thread. */
  @Test
  void whoWasPutOutGetsNothingNew() {
    WorkerStub _ = join();
    gate.evicted.add("a");

    nodes.directory.recheck();

    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
  }

  /** Its join was decided before, and is durable after that. */
  @Test
  void whoWasPutOutWhileItJoinedGetsNothing() {
    nodes.partition.pause();
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.send(WorkerMessage.newBuilder().setHello(WorkerStub.hello("a", 2)).build());
    soon().until(() -> nodes.partition.undecided() > 0);
    nodes.partition.decide();
    gate.evicted.add("a");
    nodes.directory.recheck();

    nodes.partition.commit();

    worker.hear(CoordinatorMessage::hasWelcome);
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
  }

  /**
   * It will not be back: in the partitions that hear of it from the rows of the first one, as in
   * that one itself.
   */
  @Test
  void nothingWaitsForWhoWasPutOut() {
    WorkerStub _ = holding("e1");
    gate.evicted.add("a");

    nodes.service.recheck();

    soon().until(() -> !nodes.partition.lost.isEmpty());
    assertThat(nodes.partition.lost)
        .extracting(RecordingPartition.Lost::forGood)
        .containsOnly(true);
  }

  @Test
  void nothingWaitsForWhoWasPutOutWhileItsConnectionWasBroken() {
    WorkerStub worker = holding("e1");
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("suspect"));
    gate.evicted.add("a");

    nodes.service.recheck();
    nodes.pass(Duration.ofMillis(200));

    soon().until(() -> !nodes.partition.lost.isEmpty());
    assertThat(nodes.partition.lost)
        .extracting(RecordingPartition.Lost::forGood)
        .containsOnly(true);
  }

  @Test
  void nothingWaitsForWhoWasPutOutAndDoesNotComeBackToANewLeader() {
    WorkerStub worker = holding("e1");
    nodes.service.follow();
    gate.evicted.add("a");
    nodes.service.recheck();
    soon().until(worker::ended);

    nodes.lead();
    nodes.pass(Duration.ofSeconds(1));

    soon().until(() -> !nodes.partition.lost.isEmpty());
    assertThat(nodes.partition.lost)
        .extracting(RecordingPartition.Lost::forGood)
        .containsOnly(true);
  }

  private WorkerStub holding(String execution) {
    WorkerStub worker = join();
    nodes.partition.present.add(nodes.dispatch(execution));
    worker.hear(CoordinatorMessage::hasDispatches);
    return worker;
  }

  /** Its call was let in before it was put out, and its session is there only after that. */
  @Test
  void whoIsPutOutWhileItsStreamBeginsGetsNoSession() {
    gate.evicted.add("a");

    WorkerStub worker = WorkerStub.connect(nodes.channel);

    assertThat(worker.goodbye().getRetry()).isFalse();
    soon().until(() -> worker.ended() && nodes.service.sessions() == 0);
  }

  /** What is decided counts, also before it is applied and the sessions are told. */
  @Test
  void aJoinThatIsDecidedAfterTheNodeWasPutOutIsNone() {
    gate.removed.add("a");

    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.send(WorkerMessage.newBuilder().setHello(WorkerStub.hello("a", 2)).build());

    assertThat(worker.goodbye().getReason()).contains("node a was put out of the cluster");
    assertThat(nodes.directory.nodes()).isEmpty();
  }

  @Test
  void aSessionWhoseCertificateIsOverGoesOnOverAnotherConnection() {
    gate.until = Instant.ofEpochMilli(1_000);
    WorkerStub worker = join();
    AttemptToken token = nodes.dispatch("e1");
    nodes.partition.present.add(token);
    worker.hear(CoordinatorMessage::hasDispatches);
    keepAlive(worker, Duration.ofSeconds(1));
    assertThat(worker.ended()).isFalse();

    nodes.pass(Duration.ofMillis(50));

    assertThat(worker.goodbye().getRetry()).isTrue();
    assertThat(worker.goodbye().getReason()).contains("certificate expired");
    gate.until = Instant.ofEpochMilli(100_000);
    nodes.pass(Duration.ofMillis(200));
    WorkerStub again = WorkerStub.connect(nodes.channel);
    again.join(WorkerStub.hello("a", 2).setEpoch(1).addHolding(ReportReader.token(token)));
    soon().until(() -> nodes.status("a").equals("active"));
    assertThat(nodes.partition.lost).isEmpty();
    assertThat(nodes.running("a")).isEqualTo(1);
  }

  @Test
  void whoDoesNotComeBackWithAnotherCertificateIsLost() {
    gate.until = Instant.ofEpochMilli(1_000);
    WorkerStub worker = join();
    keepAlive(worker, Duration.ofSeconds(1));

    nodes.pass(Duration.ofMillis(600));

    soon().until(() -> nodes.status("a").equals("lost"));
  }

  /** The worker says something in each step. */
  private void keepAlive(WorkerStub worker, Duration duration) {
    for (long left = duration.toMillis(); left > 0; left -= 100) {
      nodes.pass(Duration.ofMillis(100));
      LiveNode open = nodes.live("a");
      open.session.forgiveSilence(nodes.time.nanos());
    }
    assertThat(worker.count(CoordinatorMessage::hasWelcome)).isEqualTo(1);
  }

  /** Everybody has proven to be node a. */
  private static final class Gate implements Admittance {
    final Set<String> evicted = ConcurrentHashMap.newKeySet();
    final Set<String> removed = ConcurrentHashMap.newKeySet();
    volatile @Nullable Instant until;

    @Override
    public String proven() {
      return "a";
    }

    @Override
    public @Nullable Instant provenUntil() {
      return until;
    }

    @Override
    public boolean isEvicted(String node) {
      return evicted.contains(node);
    }

    @Override
    public boolean isEvicted(TransactionView view, String node) {
      return removed.contains(node);
    }

    @Override
    public boolean evict(TransactionView view, String node) {
      return removed.add(node);
    }
  }
}
