package dev.capstan.node.config;

import dev.capstan.core.placement.Candidate.Fact;
import java.util.Optional;
import java.util.regex.Pattern;

/** What labels of nodes may be: the same in configurations, on command lines and in sessions. */
public final class Labels {
  /** How many a node may have. */
  public static final int MOST = Limits.DEFAULT.labels();

  /** The names that no label can have, in words. */
  static final String COUNTED = "cpu, memory or disk";

  /** In words, as the end of "allowed: ". */
  public static final String ALLOWED =
      "up to "
          + MOST
          + " labels; names of letters, digits and . _ / - that begin with a letter or digit, not "
          + Labels.COUNTED
          + ", and texts without line breaks, each of 1 to "
          + Limits.DEFAULT.labelLength()
          + " characters";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]*");

  private Labels() {}

  /**
   * What is wrong with the name of a label that somebody gives a node, as the end of a sentence;
   * empty when nothing is.
   */
  public static Optional<String> fault(String name) {
    if (isCounted(name)) {
      return Optional.of("is no label: each node counts that itself");
    }
    return isName(name) ? Optional.empty() : Optional.of("is no name of a label");
  }

  /** The same for a label with its value. */
  public static Optional<String> fault(String name, String value) {
    return fault(name)
        .or(() ->
            isValue(value)
                ? Optional.empty()
                : Optional.of(
                    "is no label: the value is none of 1 to "
                        + Limits.DEFAULT.labelLength()
                        + " characters without line breaks"));
  }

  /**
   * Whether tasks that ask for this name ask for what each node counts, and so never for a label.
   */
  public static boolean isCounted(String name) {
    return Fact.of(name) != null;
  }

  /** Whether a name has the form of a label's; as {@link #fault} for one that is given. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches() && text.length() <= Limits.DEFAULT.labelLength();
  }

  /** Whether a label can have this value. */
  public static boolean isValue(String text) {
    return !text.isEmpty()
        && text.length() <= Limits.DEFAULT.labelLength()
        && text.codePoints().noneMatch(Character::isISOControl);
  }
}
