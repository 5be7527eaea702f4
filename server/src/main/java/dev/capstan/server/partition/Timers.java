package dev.capstan.server.partition;

import dev.capstan.core.decision.TimerKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All armed timers of a partition: a binary heap by due time, in which each timer knows its place,
 * so that a timer that is disarmed leaves nothing behind. About 250 bytes a timer. Owned by the
 * partition's thread.
 */
final class Timers {
  private static final int SMALLEST = 16;

  private final Map<Name, Timer> byName = new HashMap<>();
  private Timer[] heap = new Timer[SMALLEST];
  private int size;

  private record Name(String execution, TimerKey key) {}

  /** A timer that is armed or was. */
  static final class Timer {
    final String execution;
    final TimerKey key;

    /** When its row says that it is due. */
    final long dueMillis;

    /** How often it could not be handled. */
    int failures;

    private long nextMillis;
    private int place;

    Timer(String execution, TimerKey key, long dueMillis) {
      this.execution = execution;
      this.key = key;
      this.dueMillis = dueMillis;
      this.nextMillis = dueMillis;
    }

    private Name name() {
      return new Name(execution, key);
    }
  }

  /** Arms a timer; answers the one that it replaces. */
  @Nullable Timer arm(Timer timer) {
    Timer before = byName.put(timer.name(), timer);
    if (before != null) {
      take(before);
    }
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    put(timer, size++);
    up(timer);
    return before;
  }

  /** Disarms a timer; answers it, or null if it was not armed. */
  @Nullable Timer disarm(String execution, TimerKey key) {
    Timer timer = byName.remove(new Name(execution, key));
    if (timer != null) {
      take(timer);
    }
    return timer;
  }

  /** Whether a timer with the execution and key is armed. */
  boolean isArmed(Timer timer) {
    return byName.containsKey(timer.name());
  }

  /** The first timer that is due; it stays armed. */
  @Nullable Timer due(long nowMillis) {
    return size > 0 && heap[0].nextMillis <= nowMillis ? heap[0] : null;
  }

  /** Lets a timer fire later than its row says, because it could not be handled. */
  void postpone(Timer timer, long untilMillis) {
    if (byName.get(timer.name()) == timer) {
      timer.nextMillis = untilMillis;
      down(timer);
    }
  }

  /** When the first timer is due; {@link Long#MAX_VALUE} if none is armed. */
  long nextMillis() {
    return size > 0 ? heap[0].nextMillis : Long.MAX_VALUE;
  }

  int size() {
    return size;
  }

  Iterable<Timer> all() {
    return byName.values();
  }

  void clear() {
    byName.clear();
    heap = new Timer[SMALLEST];
    size = 0;
  }

  private void take(Timer timer) {
    Timer last = heap[--size];
    Arrays.fill(heap, size, size + 1, null);
    if (last != timer) {
      put(last, timer.place);
      up(last);
      down(last);
    }
    if (heap.length > SMALLEST && size < heap.length / 4) {
      heap = Arrays.copyOf(heap, heap.length / 2);
    }
  }

  private void up(Timer timer) {
    int place = timer.place;
    while (place > 0) {
      Timer parent = heap[(place - 1) / 2];
      if (parent.nextMillis <= timer.nextMillis) {
        break;
      }
      int above = parent.place;
      put(parent, place);
      place = above;
    }
    put(timer, place);
  }

  private void down(Timer timer) {
    int place = timer.place;
    while (2 * place + 1 < size) {
      int child = 2 * place + 1;
      if (child + 1 < size && heap[child + 1].nextMillis < heap[child].nextMillis) {
        child++;
      }
      if (heap[child].nextMillis >= timer.nextMillis) {
        break;
      }
      put(heap[child], place);
      place = child;
    }
    put(timer, place);
  }

  private void put(Timer timer, int place) {
    heap[place] = timer;
    timer.place = place;
  }
}
