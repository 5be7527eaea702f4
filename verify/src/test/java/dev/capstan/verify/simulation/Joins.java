package dev.capstan.verify.simulation;

import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.server.nodes.NodeStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * What is said of a worker while it joins: held back until it says hello to whoever leads. For an
 * instant there is nobody yet who could hear of it.
 */
final class Joins {
  /** A join takes about so long, and so does what an operator says. */
  private static final long WHILE = TimeUnit.MILLISECONDS.toNanos(6);

  private final Agenda agenda;
  private final RandomGenerator random;
  private final Tally tally;
  private final Map<String, Runnable> waiting = new HashMap<>();

  Joins(Agenda agenda, RandomGenerator random, Tally tally) {
    this.agenda = agenda;
    this.random = random;
    this.tally = tally;
  }

  /** With the next join of a worker something is to be said; at once if something waits already. */
  void withTheNext(String worker, Runnable order) {
    if (waiting.putIfAbsent(worker, order) != null) {
      order.run();
    }
  }

  /** A coordinator is about to hear what a worker says. */
  void said(String worker, WorkerMessage message, SimulatedReplica to) {
    if (message.hasHello() && to.leads()) {
      Runnable order = waiting.remove(worker);
      if (order != null) {
        agenda.after(random.nextLong(WHILE), () -> say(worker, order, to));
      }
    }
  }

  private void say(String worker, Runnable order, SimulatedReplica to) {
    tally.happened(Happening.ORDER_WITH_A_JOIN, to.leads() && isJoining(worker, to));
    order.run();
  }

  private static boolean isJoining(String worker, SimulatedReplica leader) {
    return leader.nodes().nodes().stream()
        .anyMatch(
            node -> node.profile().id().equals(worker) && node.status() == NodeStatus.JOINING);
  }
}
