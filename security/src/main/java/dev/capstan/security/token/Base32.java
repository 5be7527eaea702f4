package dev.capstan.security.token;

/**
 * Base 32 of RFC 4648 in small letters, for whole groups of 5 bytes (8 characters) only: no
 * padding, no bits to spare, so a text has one meaning and a meaning one text. Without signs, so a
 * double click selects all of it.
 */
final class Base32 {
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int BITS = 5;
  private static final int GROUP_BYTES = 5;
  private static final int GROUP_CHARACTERS = 8;

  private Base32() {}

  static String encode(byte[] bytes) {
    if (bytes.length % GROUP_BYTES != 0) {
      throw new IllegalArgumentException("Only whole groups of 5 bytes, not " + bytes.length);
    }
    StringBuilder text = new StringBuilder(characters(bytes.length));
    for (int group = 0; group < bytes.length; group += GROUP_BYTES) {
      long bits = 0;
      for (int i = 0; i < GROUP_BYTES; i++) {
        bits = (bits << Byte.SIZE) | (bytes[group + i] & 0xff);
      }
      for (int i = GROUP_CHARACTERS - 1; i >= 0; i--) {
        text.append(ALPHABET.charAt((int) (bits >>> (i * BITS)) & 31));
      }
    }
    return text.toString();
  }

  /** What {@link #encode} made this of; the text must have {@link #isValid} characters only. */
  static byte[] decode(String text) {
    byte[] bytes = new byte[text.length() / GROUP_CHARACTERS * GROUP_BYTES];
    for (int group = 0; group * GROUP_BYTES < bytes.length; group++) {
      long bits = 0;
      for (int i = 0; i < GROUP_CHARACTERS; i++) {
        bits = (bits << BITS) | ALPHABET.indexOf(text.charAt(group * GROUP_CHARACTERS + i));
      }
      for (int i = GROUP_BYTES - 1; i >= 0; i--) {
        bytes[group * GROUP_BYTES + i] = (byte) bits;
        bits >>>= Byte.SIZE;
      }
    }
    return bytes;
  }

  static boolean isValid(char character) {
    return ALPHABET.indexOf(character) >= 0;
  }

  /** How many characters that many bytes need. */
  static int characters(int bytes) {
    return bytes / GROUP_BYTES * GROUP_CHARACTERS;
  }
}
