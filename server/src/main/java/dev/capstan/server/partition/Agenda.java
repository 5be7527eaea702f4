package dev.capstan.server.partition;

import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * What is to be decided: work that needs several turns, attempts that come back, and what has come
 * in since. Owned by the partition's thread.
 */
final class Agenda {
  private static final int WORK_A_TURN = 10_000;

  /**
   * A turn that takes longer ends when answers wait for it. Turns are long where there is much to
   * decide, or where the code runs for the first time, as after a change of the leader.
   */
  private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Deque<Work> unfinished = new ArrayDeque<>();
  private final Inbox inbox;
  private final Returning returning;
  private final Placement placement;
  private final Pipeline pipeline;
  private final Clock clock;

  Agenda(Inbox inbox, Returning returning, Placement placement, Pipeline pipeline, Clock clock) {
    this.inbox = inbox;
    this.returning = returning;
    this.placement = placement;
    this.pipeline = pipeline;
    this.clock = clock;
  }

  boolean isEmpty() {
    return unfinished.isEmpty() && inbox.isEmpty() && returning.isEmpty();
  }

  /**
   * Decides as much as fits into a batch, or less when answers wait. Each kind of work leaves room
   * for the next, so that none keeps another waiting for ever.
   */
  void decide(Turn turn) {
    turn.boundAt(1);
    DueTimers.fire(turn);
    turn.boundAt(2);
    int old = unfinished.size();
    for (int i = 0; i < old && !turn.isFull(); i++) {
      run(turn, unfinished.remove());
    }
    takeBack(turn);
    turn.boundAt(3);
    for (int i = 0; i < WORK_A_TURN && !turn.isFull(); i++) {
      Work work = inbox.poll();
      if (work == null) {
        break;
      }
      run(turn, work);
      if (pipeline.hasOutcome() && clock.nanos() - turn.nowNanos() > LONG_NANOS) {
        break;
      }
    }
    turn.boundAt(4);
    placement.run(turn);
    takeBack(turn);
  }

  /**
   * A task that comes back goes to another node in the same batch where one has room for it: then
   * its row changes once, and nothing is written of its waiting.
   */
  private void takeBack(Turn turn) {
    while (!returning.isEmpty() && !turn.isFull()) {
      returning.takeBack(turn);
      placement.run(turn);
    }
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
