package dev.capstan.worker;

import java.util.Collection;

/**
 * How long a node may go on with what it holds. It lives as long as the leading coordinator is
 * heard of. After a lease without a word of it the cluster may have given the attempts to others,
 * so they must not go on: but for two cases.
 *
 * <p>Nobody leads: then nobody can have given them to others, and the node goes on for a few leases
 * more. Another coordinator leads than the one that led the node: then that one waits for the nodes
 * of its predecessor before it gives their attempts away. It began no later than it was first heard
 * of, and perhaps a moment earlier; so the node goes on for as long as that wait, less a lease.
 *
 * <p>Knows no clock: it is told what time it is, in nanoseconds. Any thread.
 */
final class Lease {

  /** After so many leases without a leader, whoever says otherwise, nothing goes on. */
  private static final long LEASES_AT_MOST = 8;

  private long leaseNanos;
  private long returnNanos;
  private long ledNanos;
  private boolean anotherLeads;
  private long anotherNanos;

  /** A lease that nobody has granted yet. */
  Lease(long now) {
    ledNanos = now;
  }

  /**
   * A coordinator that leads has welcomed the node.
   *
   * @param leaseFor how long it may be silent
   * @param returnsWithin how long a coordinator that begins to lead waits for nodes
   */
  synchronized void granted(long now, long leaseFor, long returnsWithin) {
    leaseNanos = leaseFor;
    returnNanos = returnsWithin;
    led(now);
  }

  /** The leading coordinator was heard of at that time. */
  synchronized void led(long when) {
    ledNanos = when;
    if (when - anotherNanos >= 0) {
      anotherLeads = false;
    }
  }

  /**
   * What the coordinators say that do not lead the node; to be said again and again, since it
   * counts from when another leader was first heard of, also where the former one has just fallen
   * silent.
   *
   * @param former the coordinator that led the node last
   * @param told whom they take for the leader; empty for nobody
   */
  synchronized void told(long now, String former, Collection<String> told) {
    if (!anotherLeads
        && told.stream().anyMatch(leader -> !leader.isEmpty() && !leader.equals(former))) {
      anotherLeads = true;
      anotherNanos = now;
    }
  }

  synchronized long nanos() {
    return leaseNanos;
  }

  synchronized long withoutLeaderNanos(long now) {
    return now - ledNanos;
  }

  /**
   * Whether nothing may go on.
   *
   * @param former the coordinator that led the node last
   * @param told whom the other coordinators that are heard of take for the leader; empty for nobody
   */
  synchronized boolean isOver(long now, String former, Collection<String> told) {
    told(now, former, told);
    long without = now - ledNanos;
    if (without <= leaseNanos) {
      return false;
    }
    if (without > LEASES_AT_MOST * leaseNanos) {
      return true;
    }
    return anotherLeads ? now - anotherNanos > returnNanos - leaseNanos : !told.contains("");
  }
}
