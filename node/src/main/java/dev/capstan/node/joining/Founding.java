package dev.capstan.node.joining;

import dev.capstan.security.token.SecretDigest;
import java.util.List;

/**
 * What the first coordinator stores of the first administrator.
 *
 * @param principal whom the key belongs to
 * @param keyId names the key
 * @param keyDigest of the key, which only its owner has
 */
public record Founding(String principal, String keyId, SecretDigest keyDigest) {

  /** For a file: a line each. */
  String text() {
    return principal + "\n" + keyId + "\n" + keyDigest.hex() + "\n";
  }

  /**
   * From a file.
   *
   * @throws IllegalArgumentException if that is damaged
   */
  static Founding parse(String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() != 3) {
      throw new IllegalArgumentException("it should have three lines");
    }
    return new Founding(lines.get(0), lines.get(1), new SecretDigest(lines.get(2)));
  }
}
