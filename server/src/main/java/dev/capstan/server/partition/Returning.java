package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Attempts that nobody will report, until they are taken back. Where many nodes are lost at once
 * each has attempts of many executions; taken back by execution, a batch changes few of them, and
 * so it has few histories to go on with however many attempts there are. Owned by the partition's
 * thread.
 *
 * <p>What is here is an attempt under its old session still, for everybody else; a report or a
 * cancellation that comes first wins. A new leader finds what was not taken back: its node is not
 * known under that epoch, or says hello without it.
 */
final class Returning {
  /** Attempts of one execution that come back before others are looked at. */
  private static final int AT_A_TIME = 64;

  private final LinkedHashMap<String, Deque<Lost>> byExecution = new LinkedHashMap<>();

  private record Lost(Attempts.Attempt attempt, String reason, Command.Return how) {}

  /**
   * Adds attempts.
   *
   * @param how whether the nodes may have begun to run them, and may come back
   */
  void add(Collection<Attempts.Attempt> attempts, String reason, Command.Return how) {
    for (Attempts.Attempt attempt : attempts) {
      byExecution
          .computeIfAbsent(attempt.run().execution(), _ -> new ArrayDeque<>())
          .add(new Lost(attempt, reason, how));
    }
  }

  boolean isEmpty() {
    return byExecution.isEmpty();
  }

  /** Takes some of one execution back, as many as the batch has room for. */
  void takeBack(Turn turn) {
    Map.Entry<String, Deque<Lost>> first = byExecution.firstEntry();
    Deque<Lost> lost = first.getValue();
    for (int i = 0; i < AT_A_TIME && !lost.isEmpty() && !turn.isFull(); i++) {
      takeBack(turn, lost.remove());
    }
    if (lost.isEmpty()) {
      byExecution.remove(first.getKey());
    }
  }

  private static void takeBack(Turn turn, Lost lost) {
    RunKey run = lost.attempt.run();
    if (!lost.attempt.equals(turn.holdings().attempts.find(run))) {
      return;
    }
    try {
      new ReportWork(
              run.execution(),
              new Command.ReportReturned(lost.attempt.token(), lost.reason, lost.how))
          .proceed(turn);
    } catch (Poisoned alone) {
      // Counted and logged where it was thrown; the other attempts come back.
    }
  }

  void clear() {
    byExecution.clear();
  }
}
