package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is to be decided: work that needs several turns, and what has come in since. Owned by the
 * partition's thread.
 */
final class Agenda {
  private static final int WORK_A_TURN = 10_000;

  private final Deque<Work> unfinished = new ArrayDeque<>();
  private final Inbox inbox;
  private final Placement placement;

  Agenda(Inbox inbox, Placement placement) {
    this.inbox = inbox;
    this.placement = placement;
  }

  boolean isEmpty() {
    return unfinished.isEmpty() && inbox.isEmpty();
  }

  /**
   * Decides as much as fits into a batch. Each kind of work leaves room for the next, so that none
   * keeps another waiting for ever.
   */
  void decide(Turn turn) {
    turn.boundAt(1);
    DueTimers.fire(turn);
    turn.boundAt(2);
    int old = unfinished.size();
    for (int i = 0; i < old && !turn.isFull(); i++) {
      run(turn, unfinished.remove());
    }
    turn.boundAt(3);
    for (int i = 0; i < WORK_A_TURN && !turn.isFull(); i++) {
      Work work = inbox.poll();
      if (work == null) {
        break;
      }
      run(turn, work);
    }
    turn.boundAt(4);
    placement.run(turn);
  }

  private void run(Turn turn, Work work) {
    try {
      if (!work.proceed(turn)) {
        unfinished.add(work);
      }
    } catch (Refusal refusal) {
      turn.draft().answer(new RefusalAnswer(work, refusal));
    } catch (Poisoned poisoned) {
      turn.draft().answer(new RefusalAnswer(work, poisoned.refusal()));
    }
  }

  /** Ends what was begun. */
  void refuseUnfinished(Refusal reason) {
    unfinished.forEach(work -> work.refuse(reason));
    unfinished.clear();
  }
}
