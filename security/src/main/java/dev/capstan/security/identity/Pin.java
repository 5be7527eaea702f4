package dev.capstan.security.identity;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.HexFormat;

/**
 * The fingerprint of a public key: SHA-256 over its SubjectPublicKeyInfo. It names a certificate
 * authority's key, whatever certificate carries it.
 *
 * @param hex 64 digits 0-9 a-f
 */
public record Pin(String hex) {
  /** Length of a pin in bytes. */
  public static final int BYTES = 32;

  /**
   * @throws IllegalArgumentException if these are not 64 digits 0-9 a-f
   */
  public Pin {
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("A pin is 64 digits 0-9 a-f, not " + hex.length());
    }
  }

  /** The pin of a key. */
  public static Pin of(PublicKey key) {
    try {
      return of(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** The pin with these 32 bytes. */
  public static Pin of(byte[] bytes) {
    return new Pin(HexFormat.of().formatHex(bytes));
  }

  /** Its 32 bytes, in an array of the caller's. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return "sha256:" + hex;
  }
}
