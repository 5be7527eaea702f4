package dev.capstan.security.token;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The rules that the texts of tokens and keys share. */
final class TokenText {
  private TokenText() {}

  /** Refuses a part that can't be base 32 of that many characters. */
  static void part(String name, String text, int characters) {
    if (text.length() != characters) {
      throw new TokenFormatException(
          name
              + " must have "
              + characters
              + " characters, but has "
              + text.length()
              + "; "
              + (text.length() < characters
                  ? "part of the text is missing, copy all of it"
                  : "something was added, copy only the text itself"));
    }
    for (int i = 0; i < text.length(); i++) {
      if (!Base32.isValid(text.charAt(i))) {
        throw new TokenFormatException(
            "character "
                + (i + 1)
                + " of "
                + name
                + " can't be right: only a-z and 2-7 are there; copy the text again");
      }
    }
  }

  /** The first bytes of a hash of all that comes before them: finds typing errors. */
  static byte[] check(String before, byte[] rest, int bytes) {
    byte[] head = before.getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(head, head.length + rest.length);
    System.arraycopy(rest, 0, all, head.length, rest.length);
    return Arrays.copyOf(SecretDigest.sha256(all), bytes);
  }

  static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
