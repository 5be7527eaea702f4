package dev.capstan.server.partition;

import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes that are not applied yet, in order, in which rows can be found: by table, since a batch
 * has thousands of rows of executions, and what is looked for is among the few others.
 */
final class Overlay {
  private final List<Change> changes = new ArrayList<>();
  private final Map<Table, List<Change>> byTable = new EnumMap<>(Table.class);

  /** What the latest change did to a row. */
  static final class Found {
    static final Found UNTOUCHED = new Found(null);
    static final Found DELETED = new Found(null);
    private final byte @Nullable [] value;

    private Found(byte @Nullable [] value) {
      this.value = value;
    }

    byte @Nullable [] value() {
      return value;
    }
  }

  void add(Change change) {
    changes.add(change);
    byTable.computeIfAbsent(change.table(), _ -> new ArrayList<>()).add(change);
  }

  /** All of them; a view. */
  List<Change> changes() {
    return changes;
  }

  Found find(Table table, byte[] key) {
    List<Change> ofTable = byTable.getOrDefault(table, List.of());
    for (int i = ofTable.size() - 1; i >= 0; i--) {
      switch (ofTable.get(i)) {
        case Change.Put put when Arrays.equals(put.key(), key) -> {
          return new Found(put.value());
        }
        case Change.Delete delete when Arrays.equals(delete.key(), key) -> {
          return Found.DELETED;
        }
        case Change.DeleteRange range
            when Arrays.compareUnsigned(range.from(), key) <= 0
                && Arrays.compareUnsigned(key, range.to()) < 0 -> {
          return Found.DELETED;
        }
        case Change.Put _, Change.Delete _, Change.DeleteRange _ -> {}
      }
    }
    return Found.UNTOUCHED;
  }
}
