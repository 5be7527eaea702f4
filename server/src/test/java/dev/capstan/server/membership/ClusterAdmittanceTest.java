package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.server.ManualClock;
import dev.capstan.server.partition.RecordingPartition;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterAdmittanceTest {
  private static final String NODE = "w1";

  private final Roster roster = new Roster();
  private final ClusterAdmittance admittance = new ClusterAdmittance(roster, "cluster");
  private final MemoryStore rows = new MemoryStore();
  private final WatchedStore watched = new WatchedStore(rows, Table.CLUSTER, roster);
  private long index;

  private void apply(Admitted row) {
    Change change = ClusterRows.put(ClusterRows.NODE, NODE, row.toByteArray());
    index++;
    watched.apply(index, new Batch(index, index, List.of(change)));
  }

  private static Admitted.Builder in() {
    return Admitted.newBuilder().setId(NODE).setRole("worker");
  }

  private boolean isEvictedInATurnOf(MemoryStore store) {
    return new RecordingPartition(store, new ManualClock(0))
        .transact(view -> admittance.isEvicted(view, NODE))
        .resultNow();
  }

  /** The rows that say so are in the first one. */
  @Test
  void aPartitionWithoutTheRowsKnowsWhoWasPutOut() {
    MemoryStore another = new MemoryStore();
    apply(in().build());
    assertThat(isEvictedInATurnOf(another)).isFalse();
    apply(in().setEvictedMillis(1).build());
    assertThat(isEvictedInATurnOf(another)).isTrue();
  }

  @Test
  void whatIsDecidedCountsWhereTheRowsAre() {
    apply(in().build());
    boolean evicted =
        new RecordingPartition(rows, new ManualClock(0))
            .transact(view -> {
              boolean _ = admittance.evict(view, NODE);
              return admittance.isEvicted(view, NODE);
            })
            .resultNow();
    assertThat(evicted).isTrue();
  }
}
