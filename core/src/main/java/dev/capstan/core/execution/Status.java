package dev.capstan.core.execution;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The status words of the specification (Status Phases), for executions and for tasks. */
public enum Status {
  /** Created, not running yet. */
  PENDING,
  /** In work. */
  RUNNING,
  /** For time or a cloud event to come. */
  WAITING,
  /** Stopped by somebody who may let it go on. */
  SUSPENDED,
  /** Ended by somebody, or no longer wanted. */
  CANCELLED,
  /** Ended by an error. */
  FAULTED,
  /** Ended well. */
  COMPLETED;

  private static final Set<Status> ENDED = EnumSet.of(CANCELLED, FAULTED, COMPLETED);

  /** Whether nothing follows, unless somebody asks for a retry. */
  public boolean hasEnded() {
    return ENDED.contains(this);
  }

  /** The word as the API shows it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
