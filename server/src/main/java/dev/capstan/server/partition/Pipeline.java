package dev.capstan.server.partition;

import dev.capstan.core.history.Event;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Batches that are decided and whose commit has not been dealt with, the oldest first. Owned by the
 * partition's thread.
 */
final class Pipeline {
  private final Store store;
  private final Deque<InFlight> batches = new ArrayDeque<>();
  private long lastSequence;

  Pipeline(Store store) {
    this.store = store;
  }

  /** Starts behind everything that is applied. */
  void reset() {
    batches.clear();
    lastSequence = store.sequence();
  }

  long nextSequence() {
    return lastSequence + 1;
  }

  long lastSequence() {
    return lastSequence;
  }

  /** The last batch that is in the store. */
  long applied() {
    return store.sequence();
  }

  void add(InFlight batch) {
    batches.addLast(batch);
    lastSequence = batch.sequence();
  }

  @Nullable InFlight first() {
    return batches.peekFirst();
  }

  /** Whether the first has its outcome, so that answers can leave. */
  boolean hasOutcome() {
    InFlight first = batches.peekFirst();
    return first != null && first.outcome.isDone();
  }

  @Nullable InFlight last() {
    return batches.peekLast();
  }

  void removeFirst() {
    batches.removeFirst();
  }

  /** All batches; the pipeline is empty afterwards. */
  List<InFlight> takeAll() {
    List<InFlight> all = new ArrayList<>(batches);
    batches.clear();
    return all;
  }

  int size() {
    return batches.size();
  }

  /** What the batches do to a row. */
  Overlay.Found find(Table table, byte[] key) {
    Iterator<InFlight> latestFirst = batches.descendingIterator();
    while (latestFirst.hasNext()) {
      Overlay.Found found = latestFirst.next().overlay.find(table, key);
      if (found != Overlay.Found.UNTOUCHED) {
        return found;
      }
    }
    return Overlay.Found.UNTOUCHED;
  }

  /** Adds to a stored history what the batches have of it; some of that may be stored already. */
  void addRecorded(LiveExecution live, List<Event.Recorded> history) {
    for (InFlight batch : batches) {
      for (InFlight.Committed committed : batch.committed) {
        if (committed.live().id().equals(live.id())) {
          addNext(history, committed.recorded());
        }
      }
    }
  }

  /** Adds events to a history unless it has them. */
  static void addNext(List<Event.Recorded> history, Event.Recorded recorded) {
    Event.Recorded last = history.isEmpty() ? null : history.getLast();
    long next = last == null ? 0 : last.firstIndex() + last.events().size();
    if (recorded.firstIndex() == next) {
      history.add(recorded);
    } else if (recorded.firstIndex() > next) {
      throw new IllegalStateException(
          "events from " + next + " to " + recorded.firstIndex() + " are missing");
    }
  }
}
