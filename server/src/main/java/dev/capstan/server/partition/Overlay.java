package dev.capstan.server.partition;

import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks for a row among changes that are not applied yet. */
final class Overlay {
  private Overlay() {}

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

  static Found find(List<Change> changes, Table table, byte[] key) {
    for (int i = changes.size() - 1; i >= 0; i--) {
      Change change = changes.get(i);
      if (change.table() == table) {
        switch (change) {
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
    }
    return Found.UNTOUCHED;
  }
}
