package dev.capstan.server.nodes;

import java.util.Locale;

/** What an operator lets a node take. Kept over sessions until it is changed. */
public enum Admission {
  /** Everything. */
  OPEN,
  /** Nothing new, for now. */
  CORDONED,
  /** Nothing new, because the node is to go. */
  DRAINING;

  /** The word as it is shown. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What an operator does, as the audit has it. */
  String deed() {
    return switch (this) {
      case OPEN -> "uncordon";
      case CORDONED -> "cordon";
      case DRAINING -> "drain";
    };
  }
}
