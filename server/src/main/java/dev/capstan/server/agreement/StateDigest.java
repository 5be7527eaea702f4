package dev.capstan.server.agreement;

import java.util.HexFormat;

/**
 * What a replica's state was at an index of the log.
 *
 * @param index of the last change that was applied; -1 for none
 * @param value runs over all changes up to there
 */
public record StateDigest(long index, long value) {
  /** The value as 16 hexadecimal digits. */
  public String hex() {
    return HexFormat.of().toHexDigits(value);
  }
}
