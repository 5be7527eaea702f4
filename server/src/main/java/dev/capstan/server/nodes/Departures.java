package dev.capstan.server.nodes;

import dev.capstan.node.env.Clock;
import dev.capstan.server.partition.PartitionRequests;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ends of sessions, on their way to be durable: each is decided by the partition, in one step
 * with what becomes of the attempts. A node is let go of only then; one whose departure can't be
 * made durable is as it was before, and is tried again when it is due. Safe for any thread; what
 * follows from a commit runs on the thread that tells it.
 */
final class Departures {
  private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

  private final LedPartition partition;
  private final SlotAccount account;
  private final NodeRegister register;
  private final Admittance admittance;
  private final Returns returns;
  private final UnrecordedDepartures unrecorded;

  /**
   * @param returns is told of each node that is lost or has left
   */
  Departures(
      LedPartition partition,
      SlotAccount account,
      NodeRegister register,
      Admittance admittance,
      Returns returns,
      Clock clock) {
    this.partition = partition;
    this.account = account;
    this.register = register;
    this.admittance = admittance;
    this.returns = returns;
    this.unrecorded = new UnrecordedDepartures(clock);
  }

  /** The session of a node has ended; what it held goes back, unless it joins again before that. */
  void gone(LiveNode node, NodeStatus status, String reason) {
    PartitionRequests requests = partition.requests();
    if (partition.isStopped() || requests == null || !account.departs(node)) {
      return;
    }
    CompletableFuture<Long> _ =
        requests
            .sessionEnds(
                node.id(),
                "node " + node.id() + " is " + status.word() + ": " + reason,
                () -> admittance.isEvicted(node.id()),
                view ->
                    register.depart(view, node.id(), node.epoch, node.incarnation, status, reason))
            .whenComplete((ended, failure) -> departed(node, status, reason, ended, failure));
  }

  private void departed(
      LiveNode node,
      NodeStatus status,
      String reason,
      @Nullable Long ended,
      @Nullable Throwable failure) {
    if (ended != null && ended != 0) {
      account.departed(node, status);
      returns.settle(node.id());
      LOG.info("Node {} is {} (epoch {}): {}", node.id(), status.word(), node.epoch, reason);
    } else {
      account.disconnected(node, reason);
      tellFailure(node.id(), failure);
    }
  }

  /** A node of the former leader did not come back. */
  void missed(AbsentNodes.Awaited node) {
    PartitionRequests requests = partition.requests();
    if (requests == null) {
      return;
    }
    String reason = node.reason();
    LOG.info("Node {} is lost (epoch {}): {}", node.id(), node.row().epoch(), reason);
    CompletableFuture<Long> _ =
        requests
            .sessionEnds(
                node.id(),
                reason,
                () -> admittance.isEvicted(node.id()),
                view ->
                    register.depart(
                        view,
                        node.id(),
                        node.row().epoch(),
                        node.incarnation(),
                        NodeStatus.LOST,
                        reason))
            .whenComplete((ended, failure) -> missed(node.id(), ended, failure));
  }

  private void missed(String id, @Nullable Long ended, @Nullable Throwable failure) {
    if (ended != null && ended != 0) {
      account.missed(id);
      returns.settle(id);
    }
    tellFailure(id, failure);
  }

  private void tellFailure(String id, @Nullable Throwable failure) {
    if (failure != null) {
      unrecorded.add(id, failure, partition.isStopped() || !partition.isLed());
    }
  }
}
