package dev.capstan.worker;

import dev.capstan.worker.Following.Leading;
import dev.capstan.worker.SessionStatus.Phase;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Watches over the {@link Lease} of a node: renews it as long as the leader is heard of, asks the
 * other coordinators who leads when it was not, and says when the lease is over. Looks on the
 * node's timer; everything else may be called by any thread.
 */
final class LeaseWatch {

  /** Looks at the lease this many times while it lasts. */
  private static final long LOOKS_A_LEASE = 8;

  private final Node node;
  private final Following following;
  private final List<Connection> connections;
  private final LongConsumer over;
  private final Lease lease;
  private volatile long returnNanos = Long.MAX_VALUE;
  private @Nullable Future<?> watch;

  /**
   * @param connections to all coordinators, as they are at any time
   * @param over hears at each look at a lease that is over for how long, in nanoseconds, there has
   *     been no leader; on the node's timer
   */
  LeaseWatch(Node node, Following following, List<Connection> connections, LongConsumer over) {
    this.node = node;
    this.following = following;
    this.connections = connections;
    this.over = over;
    this.lease = new Lease(node.nanos());
  }

  /** How long a coordinator that begins to lead waits for this node; for ever if nobody said. */
  long returnsWithin() {
    return returnNanos;
  }

  void returnsWithin(long nanos) {
    if (nanos > 0) {
      returnNanos = nanos;
    }
  }

  /** A coordinator that leads has welcomed the node, and may be silent for so long. */
  synchronized void grant(long leaseNanos) {
    boolean same = watch != null && lease.nanos() == leaseNanos;
    lease.granted(
        node.nanos(), leaseNanos, returnNanos == Long.MAX_VALUE ? leaseNanos : returnNanos);
    if (same) {
      return;
    }
    end();
    watch = node.repeat(this::lookAtLease, Math.max(1, leaseNanos / LOOKS_A_LEASE));
  }

  /** Looks no more, until the next grant. */
  synchronized void end() {
    if (watch != null) {
      watch.cancel(false);
    }
  }

  private void lookAtLease() {
    long now = node.nanos();
    Leading leader = following.leading();
    if (leader != null && leader.over().silentNanos() <= lease.nanos()) {
      lease.led(now - leader.over().silentNanos());
      lease.told(now, leader.by().coordinator(), told());
      if (leader.over().silentNanos() > lease.nanos() / 2) {
        askWhoLeads();
      }
      return;
    }
    askWhoLeads();
    Connection former = following.last();
    if (!lease.isOver(now, former == null ? "" : former.coordinator(), told())) {
      return;
    }
    beginAnew(leader);
    over.accept(lease.withoutLeaderNanos(now));
  }

  /** Those that do not lead say little by themselves. */
  void askWhoLeads() {
    if (lease.nanos() == 0) {
      return;
    }
    connections.forEach(each -> each.askIfSilent(lease.nanos() / 2, lease.nanos()));
  }

  /** Who takes himself for the leader, and is not the one that was silent, is asked once more. */
  private void beginAnew(@Nullable Leading silent) {
    if (!following.forgetTerms(silent)) {
      return;
    }
    connections.stream()
        .filter(each -> silent == null || each != silent.by())
        .forEach(Connection::beginAnew);
  }

  /** Whom the coordinators that do not lead this node, and are heard of, take for the leader. */
  private List<String> told() {
    return connections.stream()
        .filter(each -> each.phase() == Phase.STANDBY && each.silentNanos() <= lease.nanos())
        .map(Connection::leader)
        .toList();
  }
}
