package dev.capstan.server.partition;

import dev.capstan.core.history.Event;
import java.util.ArrayList;
import java.util.List;

/**
 * What one execution has in a batch: its new events, encoded as they came. Belongs to the
 * partition's thread.
 */
final class Touched {
  final LiveExecution live;
  final long firstIndex;
  final RowWriter written;
  final List<Event> events = new ArrayList<>();

  /** Whether it has ended in this batch. */
  boolean ended;

  Touched(LiveExecution live, RowWriter written) {
    this.live = live;
    this.firstIndex = live.state().eventCount();
    this.written = written;
  }
}
