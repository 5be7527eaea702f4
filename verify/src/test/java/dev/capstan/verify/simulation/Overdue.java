package dev.capstan.verify.simulation;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Nodes for whose drain the time is over, as the leader of a partition knows that, and since when.
 * It begins anew when the leader stands still, decides nothing, or is another one.
 */
final class Overdue {
  /** All that was decided before it was over is known by then to have happened, or not. */
  private static final long LONG = TimeUnit.MILLISECONDS.toNanos(40);

  /** What is to be taken back is in these, however small they are. */
  private static final int BATCHES = 12;

  private final long every;
  private final LongSupplier applied;
  private final Map<String, Since> nodes = new HashMap<>();
  private long lookedNanos;

  /** When something was seen first, and what has been proposed since. */
  private static final class Since {
    private long nanos;
    private long sequence;
    private boolean goesOn;
    private int batches;

    Since(long nanos) {
      this.nanos = nanos;
    }
  }

  /**
   * @param every somebody looks so often while nothing stands still
   * @param applied the sequence of the last batch that has been applied here
   */
  Overdue(long every, LongSupplier applied) {
    this.every = every;
    this.applied = applied;
  }

  /** Nobody leads here. */
  void clear() {
    nodes.clear();
  }

  /** A look at those for which it is over now. */
  void look(long now, Set<String> over) {
    if (now - lookedNanos > 2 * every) {
      clear();
    }
    lookedNanos = now;
    nodes.keySet().retainAll(over);
    over.forEach(node -> nodes.computeIfAbsent(node, _ -> new Since(now)));
  }

  /** A batch is proposed; answers those for which it has been over for long. */
  Set<String> proposed(long now, long sequence) {
    Set<String> all = new TreeSet<>();
    nodes.forEach((node, since) -> {
      if (isLong(since, now, sequence) && now - lookedNanos <= 2 * every) {
        all.add(node);
      }
    });
    return all;
  }

  /** Of two batches that each come long after what was before, the first has been applied. */
  private boolean isLong(Since since, long now, long sequence) {
    if (now - since.nanos <= LONG) {
      return false;
    }
    if (since.sequence == 0) {
      since.sequence = sequence;
    } else if (!since.goesOn && applied.getAsLong() >= since.sequence) {
      since.goesOn = true;
      since.nanos = now;
    } else if (since.goesOn) {
      since.batches++;
    }
    return since.batches > BATCHES;
  }
}
