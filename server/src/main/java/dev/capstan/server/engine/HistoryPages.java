package dev.capstan.server.engine;

import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.history.Event;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pages of histories. A page shows what its tasks had, so the history before it has to be folded;
 * the projections of the latest pages are kept where they ended, and whoever asks for the next page
 * goes on from there. Reading a history page by page costs what reading it at once does.
 *
 * <p>A projection is changed by whoever uses it, so it is taken out for a page and put back
 * afterwards. May be called by any thread.
 */
final class HistoryPages {
  private static final int PIECE = 1_000;

  private final Reader reader;
  private final DefinitionSource definitions;
  private final Redaction redaction;
  private final int kept;
  private final Deque<HistoryProjection> projections = new ArrayDeque<>();

  /** Reads a stored history from an index on, at least so many events unless it ends before. */
  interface Reader {
    List<Event.Recorded> read(String execution, long fromIndex, int count);
  }

  /**
   * @param definitions those that histories name
   * @param kept how many projections are kept; each holds the state of an execution
   */
  HistoryPages(Reader reader, DefinitionSource definitions, Redaction redaction, int kept) {
    this.reader = reader;
    this.definitions = definitions;
    this.redaction = redaction;
    this.kept = kept;
  }

  /** Entries of a history from an index on. */
  Page<HistoryEntry> page(Summary summary, long from, int limit) {
    long count = summary.eventCount();
    if (from >= count) {
      return new Page<>(List.of(), null, summary.revision());
    }
    long begin = Math.max(0, from);
    long end = Math.min(count, begin + limit);
    HistoryProjection projection = take(summary, begin);
    if (projection == null) {
      projection = new HistoryProjection(summary.id(), definitions, redaction);
    }
    List<HistoryEntry> entries = new ArrayList<>();
    boolean more = true;
    while (more && projection.nextIndex() < end) {
      long next = projection.nextIndex();
      int wanted = (int) Math.min(PIECE, end - next);
      for (Event.Recorded recorded : reader.read(summary.id(), next, wanted)) {
        entries.addAll(projection.next(recorded, begin, end));
      }
      more = projection.nextIndex() > next;
    }
    boolean whole = projection.nextIndex() >= count;
    if (!whole || !summary.status().hasEnded()) {
      put(projection);
    }
    String next = whole || entries.isEmpty() ? null : Long.toString(projection.nextIndex());
    return new Page<>(List.copyOf(entries), next, summary.revision());
  }

  /** The one that is nearest before an index; null when there is none. */
  private synchronized @Nullable HistoryProjection take(Summary summary, long index) {
    HistoryProjection nearest = null;
    for (Iterator<HistoryProjection> all = projections.iterator(); all.hasNext(); ) {
      HistoryProjection each = all.next();
      if (!each.execution().id().equals(summary.id())) {
        continue;
      }
      // Another execution of the same id, after the first one was forgotten.
      Instant started = each.execution().startedAt();
      if (started != null && !started.equals(summary.startedAt())) {
        all.remove();
      } else if (each.nextIndex() <= index
          && (nearest == null || each.nextIndex() > nearest.nextIndex())) {
        nearest = each;
      }
    }
    if (nearest != null) {
      projections.remove(nearest);
    }
    return nearest;
  }

  private synchronized void put(HistoryProjection projection) {
    projections.addFirst(projection);
    if (projections.size() > kept) {
      projections.removeLast();
    }
  }
}
