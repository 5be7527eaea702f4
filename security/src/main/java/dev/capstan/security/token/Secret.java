package dev.capstan.security.token;

import java.security.SecureRandom;

/**
 * 160 random bits that prove a right. Never printed: {@link #toString} says only that there is one.
 *
 * <p>Servers keep the {@link #digest}. A plain SHA-256 is enough there, because nobody tries out
 * 160 random bits; passwords would need a slow hash.
 */
public final class Secret {
  static final int BYTES = 20;
  static final int CHARACTERS = Base32.characters(BYTES);

  private final byte[] bytes;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  static Secret fresh(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new Secret(bytes);
  }

  /**
   * The secret that was sent as {@link #text}.
   *
   * @throws TokenFormatException if it is none; the message shows nothing of it
   */
  public static Secret parse(String text) {
    TokenText.part("the secret", text, CHARACTERS);
    return new Secret(Base32.decode(text));
  }

  /** The secret itself, to be sent over a connection whose other end has been checked. */
  public String text() {
    return Base32.encode(bytes);
  }

  /** What may be stored of it. */
  public SecretDigest digest() {
    return SecretDigest.of(bytes);
  }

  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "Secret[hidden]";
  }
}
