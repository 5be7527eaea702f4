package dev.capstan.server.log;

import org.jspecify.annotations.Nullable;

/**
 * What a replica is at one moment.
 *
 * @param leader the leader's node as far as this replica knows
 */
public record LogRole(Kind kind, long term, @Nullable String leader) {

  /** The parts a replica can play. */
  public enum Kind {
    /** Takes proposals. */
    LEADER,
    /** Follows a leader, or waits for one. */
    FOLLOWER,
    /** Asks for votes, or was elected and still applies what earlier leaders committed. */
    CANDIDATE
  }

  public boolean leads() {
    return kind == Kind.LEADER;
  }
}
