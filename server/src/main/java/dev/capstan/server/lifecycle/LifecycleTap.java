package dev.capstan.server.lifecycle;

import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Between commits and one who follows them: which histories have grown, and from where on. What is
 * committed while the follower is busy with something else adds up to one entry an execution, so
 * that a tap is small however large histories are. Adding never waits for the follower.
 */
final class LifecycleTap {
  private final int limit;
  private final BiPredicate<HistorySource, String> overflow;
  private final Map<String, Growth> waiting = new LinkedHashMap<>();
  private @Nullable Refusal closed;

  /**
   * @param limit how many executions may wait
   * @param overflow hears of a growth that found no room, on the thread that commits; answers
   *     whether the tap goes on without it
   */
  LifecycleTap(int limit, BiPredicate<HistorySource, String> overflow) {
    this.limit = limit;
    this.overflow = overflow;
  }

  /** Takes note of what was committed. Never waits. */
  void add(Growth growth) {
    synchronized (this) {
      if (closed != null) {
        return;
      }
      Growth before = waiting.get(growth.execution());
      if (before != null) {
        waiting.put(growth.execution(), before.upTo(growth.lastRow()));
        return;
      }
      if (waiting.size() < limit) {
        waiting.put(growth.execution(), growth);
        notifyAll();
        return;
      }
    }
    if (!overflow.test(growth.source(), growth.execution())) {
      close(
          new Refusal(
              Refusal.Code.BUSY,
              "This stream of life-cycle events fell "
                  + limit
                  + " executions behind and was ended; events are missing from here on",
              "Follow again, and read faster; histories have what was missed"));
    }
  }

  /**
   * What has waited longest; null if nothing came in time.
   *
   * @throws Refusal once everything is taken and the tap is closed
   */
  synchronized @Nullable Growth take(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (waiting.isEmpty()) {
      if (closed != null) {
        throw closed;
      }
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return null;
      }
      wait(left);
    }
    Iterator<Growth> oldest = waiting.values().iterator();
    Growth growth = oldest.next();
    oldest.remove();
    return growth;
  }

  /** How many executions wait. */
  synchronized int size() {
    return waiting.size();
  }

  /** Takes nothing more. What waits can still be taken; then comes the reason. */
  synchronized void close(Refusal reason) {
    if (closed == null) {
      closed = reason;
      notifyAll();
    }
  }
}
