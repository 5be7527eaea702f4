package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A partition whose leader has just begun hears what the rows of another one say of a node. */
class LossesTest {
  private final NodesFixture nodes = NodesFixture.patient();
  private final Losses losses = new Losses();
  private final Store own = new WatchedStore(new MemoryStore(), Table.NODES, losses.of(1));
  private final Store other = new WatchedStore(new MemoryStore(), Table.NODES, losses.of(0));
  private long index;

  @BeforeEach
  void aNodeIsAsked() {
    losses.tell(1, nodes.directory);
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello("a", 2));
    soon().until(() -> nodes.status("a").equals("active"));
    nodes.service.follow();
    worker.hear(CoordinatorMessage::hasStandby);
    nodes.lead();
    worker.question(1);
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  private void store(Store partition, NodeStatus status) {
    NodeProfile profile =
        new NodeProfile("a", "a", 1, List.of("run:shell"), Map.of(), Map.of(), 1, 1, 1, "test");
    NodeRows.Row row = new NodeRows.Row(profile, 7, status, NodeOrders.NONE, Instant.EPOCH);
    index++;
    partition.apply(
        index,
        new Batch(
            index,
            0,
            List.of(
                new Change.Put(Table.NODES, NodeRows.epochKey(), NodeRows.epoch(7)),
                new Change.Put(Table.NODES, NodeRows.key("a"), NodeRows.write(row)))));
  }

  private boolean isLostSoon() {
    nodes.pass(Duration.ofMillis(300));
    return !nodes.partition.lost.isEmpty();
  }

  @Test
  void whatAnotherPartitionHasLostIsLostSoon() {
    store(other, NodeStatus.LOST);
    assertThat(isLostSoon()).isTrue();
  }

  @Test
  void itsOwnRowsTellItNothing() {
    store(own, NodeStatus.LOST);
    assertThat(isLostSoon()).isFalse();
  }

  @Test
  void whoHasLeftAnotherPartitionMayHaveSomethingToSayHere() {
    store(other, NodeStatus.LEFT);
    assertThat(isLostSoon()).isFalse();
  }
}
