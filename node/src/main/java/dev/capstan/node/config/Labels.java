package dev.capstan.node.config;

import java.util.regex.Pattern;

/** What labels of nodes may be: the same in configurations, on command lines and in sessions. */
public final class Labels {
  /** How many a node may have. */
  public static final int MOST = Limits.DEFAULT.labels();

  /** In words, as the end of "allowed: ". */
  public static final String ALLOWED =
      "up to "
          + MOST
          + " labels; names of letters, digits and . _ / - that begin with a letter or digit, and texts"
          + " without line breaks, each of 1 to "
          + Limits.DEFAULT.labelLength()
          + " characters";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]*");

  private Labels() {}

  /** Whether a label can be called so. */
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
