package dev.capstan.dsl.model;

import java.util.regex.Pattern;

/** The form of idempotency keys: what a header of any protocol can carry. */
public final class Tokens {
  private static final Pattern TOKEN =
      Pattern.compile("[\\x21-\\x7E](?:[\\x20-\\x7E]{0,253}[\\x21-\\x7E])?");

  private Tokens() {}

  /** Whether {@code text} has 1 to 255 printable ASCII characters, no space first or last. */
  public static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }
}
