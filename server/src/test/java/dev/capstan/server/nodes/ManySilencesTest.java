package dev.capstan.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.placement.Strategy;
import dev.capstan.node.config.Limits;
import dev.capstan.server.partition.RecordingPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long silence takes to be noticed does not depend on how many nodes are silent. */
class ManySilencesTest {
  private static final int MOST = 1_000;
  private static final Duration KEEP_ALIVE = Duration.ofMillis(100);
  private static final int SILENT_INTERVALS = 4;
  private static final Duration TICK = Duration.ofMillis(50);

  @ParameterizedTest
  @ValueSource(ints = {1, 10, MOST})
  void allThatAreSilentAreLostInTheSameTickHoweverManyTheyAre(int count) {
    try (NodesFixture nodes = NodesFixture.with(settings())) {
      joinAll(nodes, count);
      List<Integer> lost = new ArrayList<>();

      for (int i = 0; i < SILENT_INTERVALS * KEEP_ALIVE.dividedBy(TICK) + 2; i++) {
        nodes.time.advance(TICK);
        nodes.service.tick();
        lost.add(nodes.partition.lost.size());
      }

      // Silent for longer than four intervals at the ninth tick, and not before.
      assertThat(lost).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, count, count);
      assertThat(nodes.partition.lost)
          .extracting(RecordingPartition.Lost::reason)
          .filteredOn(reason -> !reason.endsWith(" is lost: nothing was heard of it for 450 ms"))
          .isEmpty();
      assertThat(nodes.directory.connected()).isZero();
    }
  }

  private static void joinAll(NodesFixture nodes, int count) {
    List<WorkerStub> workers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      WorkerStub worker = WorkerStub.connect(nodes.channel);
      worker.send(WorkerMessage.newBuilder().setHello(WorkerStub.hello("w" + i, 1)).build());
      workers.add(worker);
    }
    workers.forEach(worker -> worker.hear(CoordinatorMessage::hasWelcome));
    assertThat(nodes.directory.connected()).isEqualTo(count);
  }

  private static NodeSettings settings() {
    return new NodeSettings(
        "cluster",
        "c1",
        KEEP_ALIVE,
        SILENT_INTERVALS,
        true,
        Duration.ZERO,
        Duration.ofSeconds(5),
        Duration.ofMillis(150),
        MOST,
        new Strategy.LoadBalanced(),
        new Limits(100_000, 20, 1 << 20, 4, 64, 100, MOST, 100, 10, 400_000, 10, 10));
  }
}
