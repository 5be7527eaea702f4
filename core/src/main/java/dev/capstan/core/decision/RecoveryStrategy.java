package dev.capstan.core.decision;

import org.jspecify.annotations.Nullable;

/** What becomes of a task whose node is lost while it may have run there. */
public enum RecoveryStrategy {
  /** It goes to whichever node is best. */
  REASSIGN("reassign"),
  /** It waits until the node is back. */
  RETRY_SAME_NODE("retry_same_node"),
  /** It faults with a runtime error. */
  FAIL("fail");

  private final String word;

  RecoveryStrategy(String word) {
    this.word = word;
  }

  /** As definitions and the configuration spell it. */
  public String word() {
    return word;
  }

  /** The strategy of a word; null if there is none. */
  static @Nullable RecoveryStrategy of(String word) {
    for (RecoveryStrategy strategy : values()) {
      if (strategy.word.equals(word)) {
        return strategy;
      }
    }
    return null;
  }
}
