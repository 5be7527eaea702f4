package dev.capstan.server.log;

import java.time.Duration;
import java.util.Collection;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a replica without a leader may hope for one. Elections take a moment, and whoever asks
 * meanwhile may wait for it; but a replica that is cut off from the majority won't hear of any, and
 * who waits there waits in vain. Safe for any thread.
 */
final class Prospects {
  private final @Nullable Contacts contacts;
  private final String self;
  private final Duration grace;
  private final Duration lately;
  private final LongSupplier clock;
  private @Nullable Long leaderlessSince;

  /** For a replica without others, which leads. */
  static Prospects ofSingleReplica() {
    return new Prospects(null, "", Duration.ZERO, System::nanoTime);
  }

  /**
   * @param contacts null where there are no other replicas
   * @param electionTimeout the shortest; a replica that stands for election asks all others for
   *     their votes within twice as long, and all of them answer
   * @param clock nanoseconds that only grow, as {@link System#nanoTime}
   */
  Prospects(
      @Nullable Contacts contacts, String self, Duration electionTimeout, LongSupplier clock) {
    this.contacts = contacts;
    this.self = self;
    this.grace = electionTimeout.multipliedBy(2);
    this.lately = electionTimeout.multipliedBy(3);
    this.clock = clock;
  }

  /**
   * Whether a leader is known, or may soon be.
   *
   * @param members the nodes that have a replica
   */
  boolean good(LogRole role, Collection<String> members) {
    return contacts == null
        || isLedLately(role.leader() != null)
        || contacts.isMajority(members, self, lately);
  }

  private synchronized boolean isLedLately(boolean led) {
    if (led) {
      leaderlessSince = null;
      return true;
    }
    long now = clock.getAsLong();
    if (leaderlessSince == null) {
      leaderlessSince = now;
    }
    return now - leaderlessSince < grace.toNanos();
  }
}
