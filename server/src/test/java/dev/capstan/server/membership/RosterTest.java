package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.ApiKey;
import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.api.storage.v1.JoinGrant;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a roster knows that reads changes is what one knows that reads all rows. */
class RosterTest {
  private static final int NAMES = 6;

  private final Roster roster = new Roster();
  private final WatchedStore store = new WatchedStore(new MemoryStore(), Table.CLUSTER, roster);
  private final AtomicInteger told = new AtomicInteger();
  private long index;

  private void apply(List<Change> changes) {
    index++;
    store.apply(index, new Batch(index, index, changes));
  }

  private static Change node(String id, boolean evicted) {
    Admitted.Builder row = Admitted.newBuilder().setId(id).setRole("worker");
    if (evicted) {
      row.setEvictedMillis(1);
    }
    return ClusterRows.put(ClusterRows.NODE, id, row.build().toByteArray());
  }

  private static Change grant(String id) {
    return ClusterRows.put(
        ClusterRows.GRANT, id, JoinGrant.newBuilder().setId(id).build().toByteArray());
  }

  static Change coordinator(String id, boolean drained) {
    return ClusterRows.put(
        ClusterRows.COORDINATOR,
        id,
        Coordinator.newBuilder()
            .setId(id)
            .setGrpc("127.0.0.1:1")
            .setHttp("127.0.0.1:2")
            .setPeer("127.0.0.1:3")
            .setDrained(drained)
            .build()
            .toByteArray());
  }

  private static Change key(String id) {
    return ClusterRows.put(
        ClusterRows.KEY,
        id,
        ApiKey.newBuilder().setId(id).setDigest("00".repeat(32)).build().toByteArray());
  }

  private static Change any(Random random) {
    String id = "n" + random.nextInt(NAMES);
    return switch (random.nextInt(9)) {
      case 0, 1 -> node(id, false);
      case 2 -> node(id, true);
      case 3 -> grant(id);
      case 4 -> ClusterRows.delete(ClusterRows.GRANT, id);
      case 5 -> coordinator(id, random.nextBoolean());
      case 6 -> ClusterRows.delete(ClusterRows.COORDINATOR, id);
      case 7 -> key(id);
      default -> ClusterRows.delete(ClusterRows.NODE, id);
    };
  }

  private static List<Object> known(Roster roster) {
    List<Object> known = new ArrayList<>(List.of(roster.coordinators(), roster.isEmpty()));
    IntStream.range(0, NAMES)
        .mapToObj(number -> "n" + number)
        .forEach(id -> {
          known.add(roster.isDrained(id));
          known.add(roster.isEvicted(NodeIdentity.worker("cluster", id)));
        });
    return known;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void readingWhatHasChangedIsReadingAll(long seed) {
    Random random = new Random(seed);
    for (int batch = 0; batch < 200; batch++) {
      apply(IntStream.rangeClosed(0, random.nextInt(3)).mapToObj(_ -> any(random)).toList());

      Roster fresh = new Roster();
      fresh.replaced(store);
      assertThat(known(roster)).as("batch %d of seed %d", batch, seed).isEqualTo(known(fresh));
    }
  }

  @Test
  void nodesThatComeAreNoNews() {
    apply(List.of(coordinator("c1", false)));
    roster.onChange(told::incrementAndGet);
    int before = told.get();
    apply(List.of(grant("g1"), node("w1", false)));
    apply(List.of(ClusterRows.delete(ClusterRows.GRANT, "g1")));
    assertThat(told).hasValue(before);

    apply(List.of(node("w1", true)));
    assertThat(told).hasValue(before + 1);
    assertThat(roster.isEvicted(NodeIdentity.worker("cluster", "w1"))).isTrue();
  }
}
