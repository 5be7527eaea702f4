package dev.capstan.server.engine;

import dev.capstan.core.history.Event;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.OutputEntry;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch over one history: reads what is stored, then follows. It hears of commits from before
 * its first read on, so nothing is missed between; what it hears twice is skipped by index.
 *
 * <p>Commits come on the partition's thread and are only queued. One task at a time takes them from
 * the queue to the watcher. A queue that is full ends the watch, since a watch with a hole would be
 * worth nothing; pieces of output may be dropped.
 */
final class HistoryWatch implements Gateway.Watch {
  private static final Logger LOG = LoggerFactory.getLogger(HistoryWatch.class);
  private static final int QUEUE_LIMIT = 10_000;

  /** What waits for the watcher. */
  private sealed interface Item {
    record Committed(Event.Recorded events) implements Item {}

    record Ended(Summary summary) implements Item {}

    record Output(OutputEntry entry) implements Item {}

    record Progress(long run, double fraction, String message) implements Item {}
  }

  private final String id;
  private final long fromIndex;
  private final Gateway.Watcher watcher;
  private final HistoryProjection projection;
  private final Function<Long, List<Event.Recorded>> read;
  private final Function<Summary, ExecutionView> view;
  private final Executor executor;
  private final Consumer<HistoryWatch> closed;
  private final Queue<Item> queue = new ArrayDeque<>();

  /** From the beginning on: what is committed before the watch has started waits for that. */
  private boolean busy = true;

  private boolean overflown;
  private volatile boolean done;

  /**
   * @param read the stored history from an index on, a piece of it at a time; empty at its present
   *     end
   */
  HistoryWatch(
      String id,
      long fromIndex,
      Gateway.Watcher watcher,
      HistoryProjection projection,
      Function<Long, List<Event.Recorded>> read,
      Function<Summary, ExecutionView> view,
      Executor executor,
      Consumer<HistoryWatch> closed) {
    this.id = id;
    this.fromIndex = fromIndex;
    this.watcher = watcher;
    this.projection = projection;
    this.read = read;
    this.view = view;
    this.executor = executor;
    this.closed = closed;
  }

  String id() {
    return id;
  }

  /** Begins to send. The watch must hear of commits already. */
  void start(Summary present) {
    executor.execute(() -> guarded(() -> catchUp(present)));
  }

  void committed(Event.Recorded events) {
    offer(new Item.Committed(events));
  }

  void ended(Summary summary) {
    offer(new Item.Ended(summary));
  }

  void output(OutputEntry entry) {
    offer(new Item.Output(entry));
  }

  void progress(long run, double fraction, String message) {
    offer(new Item.Progress(run, fraction, message));
  }

  /** Ends the watch from the engine's side. */
  void fail(Refusal reason) {
    executor.execute(() -> {
      if (finish()) {
        watcher.failed(reason);
      }
    });
  }

  @Override
  public void close() {
    boolean _ = finish();
  }

  private boolean finish() {
    synchronized (this) {
      if (done) {
        return false;
      }
      done = true;
      queue.clear();
    }
    closed.accept(this);
    return true;
  }

  private void offer(Item item) {
    synchronized (this) {
      if (done || overflown) {
        return;
      }
      if (queue.size() >= QUEUE_LIMIT) {
        overflown = item instanceof Item.Committed || item instanceof Item.Ended;
        if (!overflown) {
          return;
        }
      } else {
        queue.add(item);
      }
      if (busy) {
        return;
      }
      busy = true;
    }
    executor.execute(() -> guarded(this::drain));
  }

  private void catchUp(Summary present) {
    long begun;
    do {
      begun = projection.nextIndex();
      read.apply(begun).forEach(this::send);
    } while (projection.nextIndex() > begun && !done);
    if (present.status().hasEnded() && projection.nextIndex() >= present.eventCount() && !done) {
      end(present);
      return;
    }
    drain();
  }

  private void drain() {
    for (Item item = poll(); item != null; item = poll()) {
      switch (item) {
        case Item.Committed committed -> send(committed.events());
        case Item.Ended ended -> end(ended.summary());
        case Item.Output output -> watcher.output(output.entry());
        case Item.Progress progress ->
            watcher.progress(progress.run(), progress.fraction(), progress.message());
      }
    }
  }

  private @Nullable Item poll() {
    synchronized (this) {
      Item item = done ? null : queue.poll();
      if (item != null) {
        return item;
      }
      busy = false;
      if (!overflown || done) {
        return null;
      }
    }
    if (finish()) {
      watcher.failed(
          new Refusal(
              Refusal.Code.BUSY,
              "The watch of " + id + " fell " + QUEUE_LIMIT + " entries behind and was ended",
              "Watch again from index " + projection.nextIndex()));
    }
    return null;
  }

  private void send(Event.Recorded events) {
    for (HistoryEntry entry : projection.next(events)) {
      if (entry.index() >= fromIndex && !done) {
        watcher.entry(entry);
      }
    }
  }

  private void end(Summary summary) {
    // An execution that was retried meanwhile has more to tell.
    if (projection.nextIndex() <= summary.eventCount() && finish()) {
      watcher.ended(view.apply(summary));
    }
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.error("The watch of {} failed", id, e);
      if (finish()) {
        watcher.failed(new Refusal(Refusal.Code.INTERNAL, "The watch failed: " + e.getMessage()));
      }
    }
  }
}
