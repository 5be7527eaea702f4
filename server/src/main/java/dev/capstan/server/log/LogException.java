package dev.capstan.server.log;

import org.jspecify.annotations.Nullable;

/** Why a proposal, barrier or snapshot had no success. */
public abstract sealed class LogException extends RuntimeException {

  private LogException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Another replica leads, or none. Nothing was appended. */
  public static final class NotLeader extends LogException {
    private final @Nullable String leader;

    public NotLeader(@Nullable String leader) {
      super(leader == null ? "no known leader" : "the leader is " + leader, null);
      this.leader = leader;
    }

    /** The leader's node, if known. */
    public @Nullable String leader() {
      return leader;
    }
  }

  /**
   * As much is in flight as is allowed. Nothing was appended; try again when something has
   * completed.
   */
  public static final class Full extends LogException {
    public Full(String message) {
      super(message, null);
    }
  }

  /**
   * The entry is larger than any entry may be. Nothing was appended, and trying again is of no use.
   */
  public static final class TooLarge extends LogException {
    public TooLarge(int bytes, int maximum) {
      super("an entry of " + bytes + " bytes; at most " + maximum + " are allowed", null);
    }
  }

  /** The log was closed. Nothing was appended. */
  public static final class Closed extends LogException {
    public Closed() {
      super("the log is closed", null);
    }
  }

  /** The log can't go on, and told its consumer so. Nothing was appended. */
  public static final class Failed extends LogException {
    public Failed(Throwable cause) {
      super("the log has failed: " + cause.getMessage(), cause);
    }
  }

  /** The entry was appended, but its fate is not known here: it may be committed later or lost. */
  public static final class OutcomeUnknown extends LogException {
    public OutcomeUnknown(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
