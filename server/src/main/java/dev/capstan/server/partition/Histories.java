package dev.capstan.server.partition;

import dev.capstan.core.history.Event;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.List;

/** Histories as the store has them. Safe for any thread. */
final class Histories {
  private final Store store;

  Histories(Store store) {
    this.store = store;
  }

  /** The whole history; empty if there is none. */
  List<Event.Recorded> read(byte[] execution) {
    return read(execution, 0, Integer.MAX_VALUE);
  }

  /**
   * Rows of a history from the one with an event on, until they hold {@code count} events from
   * there; empty from the end of the history on.
   */
  List<Event.Recorded> read(byte[] execution, long fromIndex, int count) {
    List<Event.Recorded> history = new ArrayList<>();
    long enough = fromIndex + count;
    byte[] first = fromIndex == 0 ? execution : rowWith(execution, fromIndex);
    try (Rows rows = store.scan(Table.EVENTS, first, Keys.after(execution), Direction.FORWARD)) {
      while (rows.next()) {
        Event.Recorded recorded = EventReader.read(rows.value());
        if (recorded.firstIndex() + recorded.events().size() > fromIndex) {
          history.add(recorded);
        }
        if (recorded.firstIndex() + recorded.events().size() >= enough) {
          break;
        }
      }
    }
    return history;
  }

  private byte[] rowWith(byte[] execution, long index) {
    byte[] behind = Keys.events(execution, index + 1);
    try (Rows rows = store.scan(Table.EVENTS, execution, behind, Direction.BACKWARD)) {
      return rows.next() ? rows.key() : execution;
    }
  }
}
