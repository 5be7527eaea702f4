package dev.capstan.core.migration;

import java.util.Locale;

/**
 * What a move changes for an execution from where it stands on.
 *
 * @param reference JSON pointer of the task; in the definition that it has for {@link Kind#MOVES}
 *     and {@link Kind#REMOVED}, in the one that it gets for the others
 * @param to where the task stands afterwards; the same as {@code reference} unless it moves
 */
public record Change(Kind kind, String reference, String to) {

  /** What becomes of the task. */
  public enum Kind {
    /** It is under way, and stands elsewhere afterwards. */
    MOVES,
    /** It may come later, and was not there before. */
    ADDED,
    /** It would have come later perhaps, and does not. */
    REMOVED,
    /** It is a new branch of a fork that is under way, and begins at once. */
    BEGINS;

    /** The word as the API shows it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Change of(Kind kind, String reference) {
    return new Change(kind, reference, reference);
  }
}
