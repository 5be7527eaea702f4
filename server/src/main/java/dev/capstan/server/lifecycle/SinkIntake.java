package dev.capstan.server.lifecycle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What a sink has to send: the growth of partitions that are led here. Growth of the others is
 * remembered for a while. When a partition comes to be led here, its former leader may not have
 * sent that; so it is sent from here, maybe for the second time.
 */
final class SinkIntake implements LifecycleHub.GrowthListener {
  /** Longer than it takes to find another leader, and to send what waits when all is well. */
  static final Duration REMEMBERED = Duration.ofSeconds(30);

  private final int limit;
  private final LongSupplier nanos;
  private final LifecycleTap tap;
  private final LongAdder dropped = new LongAdder();
  private final Map<String, Remembered> elsewhere = new LinkedHashMap<>();

  private record Remembered(Growth growth, long nanos) {}

  /**
   * @param limit how many executions may wait, and how many may be remembered
   * @param nanos the time, by a clock that does not jump
   */
  SinkIntake(int limit, LongSupplier nanos) {
    this.limit = limit;
    this.nanos = nanos;
    this.tap =
        new LifecycleTap(
            limit,
            (_, _) -> {
              dropped.increment();
              return true;
            });
  }

  LifecycleTap tap() {
    return tap;
  }

  /** How often what an execution had new found no room. */
  long dropped() {
    return dropped.sum();
  }

  @Override
  public void grown(Growth growth) {
    if (growth.source().isLedHere()) {
      tap.add(growth);
    } else {
      remember(growth);
    }
  }

  private synchronized void remember(Growth growth) {
    long now = nanos.getAsLong();
    forget(now);
    Remembered before = elsewhere.remove(growth.execution());
    Growth all = before == null ? growth : before.growth().upTo(growth.lastRow());
    if (elsewhere.size() >= limit) {
      Iterator<Remembered> oldest = elsewhere.values().iterator();
      oldest.next();
      oldest.remove();
    }
    elsewhere.put(growth.execution(), new Remembered(all, now));
  }

  private void forget(long now) {
    Iterator<Remembered> oldestFirst = elsewhere.values().iterator();
    while (oldestFirst.hasNext() && now - oldestFirst.next().nanos() > REMEMBERED.toNanos()) {
      oldestFirst.remove();
    }
  }

  /** Takes over what is remembered of partitions that have come to be led here. */
  void takeOver() {
    List<Growth> taken = new ArrayList<>();
    synchronized (this) {
      forget(nanos.getAsLong());
      Iterator<Remembered> all = elsewhere.values().iterator();
      while (all.hasNext()) {
        Growth growth = all.next().growth();
        if (growth.source().isLedHere()) {
          taken.add(growth);
          all.remove();
        }
      }
    }
    taken.forEach(tap::add);
  }
}
