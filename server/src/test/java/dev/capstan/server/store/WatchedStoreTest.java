package dev.capstan.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchedStoreTest {
  private final List<Long> seen = new ArrayList<>();

  private static Batch batch(long sequence, Table table) {
    return new Batch(
        sequence, 0, List.of(new Change.Put(table, new byte[] {1}, new byte[] {(byte) sequence})));
  }

  /** Whoever has waited for an index asks the listener what it knows by then. */
  @Test
  void anIndexIsReachedWhenTheListenerKnowsWhatWasApplied() {
    Store[] watched = new Store[1];
    watched[0] =
        new WatchedStore(
            new MemoryStore(),
            Table.DEFINITIONS,
            new WatchedStore.Listener() {
              @Override
              public void changed(Store inner, List<Change> changes) {
                seen.add(watched[0].appliedIndex());
                seen.add(inner.appliedIndex());
              }

              @Override
              public void replaced(Store inner) {
                throw new IllegalStateException("nothing is restored");
              }
            });

    watched[0].apply(3, batch(1, Table.TASKS));
    watched[0].apply(7, batch(2, Table.DEFINITIONS));

    assertThat(seen).containsExactly(3L, 7L);
    assertThat(watched[0].appliedIndex()).isEqualTo(7);
  }
}
