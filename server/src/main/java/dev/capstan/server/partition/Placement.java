package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Peers;
import dev.capstan.server.partition.NodeBoard.Place;

/** Gives waiting tasks to nodes that have room for them. Owned by the partition's thread. */
final class Placement {
  private final NodeBoard nodes;

  Placement(NodeBoard nodes) {
    this.nodes = nodes;
  }

  void run(Turn turn) {
    turn.holdings()
        .queue
        .visit(turn.nowNanos(), task -> nodes.hasRoom(task.demand()), task -> place(turn, task));
  }

  private TaskQueue.Visit place(Turn turn, TaskQueue.Waiting task) {
    if (turn.isFull()) {
      return TaskQueue.Visit.STOP;
    }
    RunKey run = task.run();
    try {
      LiveExecution live = turn.find(run.execution());
      if (live == null) {
        turn.holdings().queue.remove(run);
        return TaskQueue.Visit.TAKEN;
      }
      return place(turn, task, live);
    } catch (Poisoned setAside) {
      // It keeps its row, so the next leader tries again.
      turn.holdings().queue.remove(run);
      return TaskQueue.Visit.TAKEN;
    }
  }

  private TaskQueue.Visit place(Turn turn, TaskQueue.Waiting task, LiveExecution live) {
    String definition = live.state().definition().hash();
    Peers peers = turn.holdings().attempts.peers(task.run(), task.claim().key(), definition);
    Place place = nodes.reserve(task.demand(), peers);
    if (place == null) {
      return TaskQueue.Visit.NO_PLACE;
    }
    boolean used = false;
    try {
      used = assign(turn, task, live, place);
    } finally {
      if (!used) {
        nodes.release(place);
        turn.holdings().queue.unblock();
      }
    }
    return TaskQueue.Visit.TAKEN;
  }

  private static boolean assign(
      Turn turn, TaskQueue.Waiting task, LiveExecution live, Place place) {
    RunKey run = task.run();
    Decision decision =
        turn.decide(live, new Command.Assign(run.run(), place.node(), place.epoch()));
    boolean dispatched =
        decision instanceof Decision.Accepted accepted
            && accepted.effects().stream().anyMatch(effect -> isDispatch(effect, run, place));
    // It may wait anew, for something else than what it was in line for.
    if (!dispatched
        && turn.holdings().attempts.find(run) == null
        && turn.holdings().queue.find(run) == task) {
      turn.bookkeeper().leaves(live, run.run());
    }
    return dispatched;
  }

  private static boolean isDispatch(Effect effect, RunKey run, Place place) {
    return effect instanceof Effect.Dispatch dispatch
        && dispatch.token().task() == run.run()
        && dispatch.node().equals(place.node())
        && dispatch.token().epoch() == place.epoch();
  }
}
