package dev.capstan.server.nodes;

import java.util.Locale;

/** Where a node stands, as operators see it. */
public enum NodeStatus {
  /** It has said hello; the join is being committed. */
  JOINING,
  /** It takes attempts. */
  ACTIVE,
  /** It has been silent for longer than it should. */
  SUSPECT,
  /** It ends what it has and takes nothing more. */
  DRAINING,
  /** Its session broke or fell silent. */
  LOST,
  /** It went away in order. */
  LEFT;

  /** The word as the API shows it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
