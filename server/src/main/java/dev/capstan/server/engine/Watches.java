package dev.capstan.server.engine;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.history.Event;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.OutputEntry;
import dev.capstan.server.nodes.AttemptSignals;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** All watches by execution: hands on what is committed and what running attempts say. */
public final class Watches implements AttemptSignals {
  private final int limit;
  private final Redaction redaction;
  private final AtomicInteger open = new AtomicInteger();
  private final Map<String, CopyOnWriteArrayList<HistoryWatch>> byExecution =
      new ConcurrentHashMap<>();
  private volatile @Nullable Refusal closed;

  Watches(int limit, Redaction redaction) {
    this.limit = limit;
    this.redaction = redaction;
  }

  void add(HistoryWatch watch) {
    if (open.incrementAndGet() > limit) {
      open.decrementAndGet();
      throw new Refusal(
          Refusal.Code.BUSY,
          "Too many histories are watched (" + limit + ")",
          "Close watches that nobody looks at, or ask for the history in pages",
          Duration.ofSeconds(5),
          List.of());
    }
    byExecution.compute(
        watch.id(),
        (_, present) -> {
          CopyOnWriteArrayList<HistoryWatch> watches =
              present == null ? new CopyOnWriteArrayList<>() : present;
          watches.add(watch);
          return watches;
        });
    Refusal reason = closed;
    if (reason != null) {
      watch.fail(reason);
    }
  }

  void remove(HistoryWatch watch) {
    byExecution.computeIfPresent(
        watch.id(),
        (_, watches) -> {
          if (watches.remove(watch)) {
            open.decrementAndGet();
          }
          return watches.isEmpty() ? null : watches;
        });
  }

  void committed(Summary summary, Event.Recorded events) {
    of(summary.id()).forEach(watch -> watch.committed(events));
  }

  void ended(Summary summary) {
    of(summary.id()).forEach(watch -> watch.ended(summary));
  }

  /** Commits are told from now on. */
  void open() {
    closed = null;
  }

  /** Ends all of them, and those that come until {@link #open}. */
  void close(Refusal reason) {
    closed = reason;
    byExecution.values().forEach(watches -> watches.forEach(watch -> watch.fail(reason)));
  }

  @Override
  public void progress(AttemptToken token, double fraction, String message) {
    of(token.execution())
        .forEach(watch -> watch.progress(token.task(), fraction, redaction.hide(message)));
  }

  @Override
  public void output(
      AttemptToken token, String taskName, String reference, String stream, String text) {
    List<HistoryWatch> watches = of(token.execution());
    if (watches.isEmpty()) {
      return;
    }
    String shown = redaction.hide(text);
    OutputEntry entry =
        new OutputEntry(taskName, reference, token.task(), token.attempt(), stream, shown);
    watches.forEach(watch -> watch.output(entry));
  }

  private List<HistoryWatch> of(String execution) {
    CopyOnWriteArrayList<HistoryWatch> watches = byExecution.get(execution);
    return watches == null ? List.of() : watches;
  }
}
