package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.List;

/** Fires timers that are due. Owned by the partition's thread. */
final class DueTimers {
  private static final int AT_ONCE = 4_096;
  private static final long FIRST_DELAY_MILLIS = 1_000;
  private static final int LONGEST_SHIFT = 9;

  private DueTimers() {}

  /**
   * Fires what was due when the turn began; what is armed meanwhile waits for the next turn, so
   * that nobody has two in one.
   */
  static void fire(Turn turn) {
    Timers timers = turn.holdings().timers;
    long nowMillis = turn.now().toEpochMilli();
    List<Timers.Timer> due = new ArrayList<>();
    Timers.Timer next = timers.due(nowMillis);
    while (next != null && due.size() < AT_ONCE) {
      due.add(next);
      timers.disarm(next.execution, next.key);
      next = timers.due(nowMillis);
    }
    for (int i = 0; i < due.size(); i++) {
      if (turn.isFull()) {
        due.subList(i, due.size()).forEach(timers::arm);
        return;
      }
      fire(turn, due.get(i), nowMillis);
    }
  }

  private static void fire(Turn turn, Timers.Timer timer, long nowMillis) {
    if (turn.holdings().timers.isArmed(timer)) {
      return;
    }
    byte[] row = Keys.timer(timer.dueMillis, Keys.execution(timer.execution), timer.key);
    turn.draft().delete(Table.TIMERS, row);
    try {
      LiveExecution live = turn.find(timer.execution);
      if (live != null) {
        turn.decide(live, new Command.FireTimer(timer.key));
        turn.counters().timersFired.increment();
        turn.counters().late(nowMillis - timer.dueMillis);
      }
    } catch (Poisoned setAside) {
      turn.draft().put(Table.TIMERS, row, new byte[0]);
      turn.holdings().timers.arm(timer);
      turn.holdings().timers.postpone(timer, nowMillis + delay(timer));
    }
  }

  private static long delay(Timers.Timer timer) {
    return FIRST_DELAY_MILLIS << Math.min(timer.failures++, LONGEST_SHIFT);
  }
}
