package dev.capstan.security.token;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of a {@link Secret}: what servers store and compare.
 *
 * @param hex 64 digits 0-9 a-f
 */
public record SecretDigest(String hex) {
  /**
   * @throws IllegalArgumentException if these are not 64 digits 0-9 a-f
   */
  public SecretDigest {
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("A digest is 64 digits 0-9 a-f, not " + hex.length());
    }
  }

  static SecretDigest of(byte[] secret) {
    return new SecretDigest(HexFormat.of().formatHex(sha256(secret)));
  }

  /** Whether both are of the same secret; takes the same time wherever they differ. */
  public boolean matches(SecretDigest other) {
    return MessageDigest.isEqual(HexFormat.of().parseHex(hex), HexFormat.of().parseHex(other.hex));
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
