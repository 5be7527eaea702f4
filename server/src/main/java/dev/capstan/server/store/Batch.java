package dev.capstan.server.store;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Changes that happen together or not at all; the content of one log entry.
 *
 * @param sequence 1 for the first batch of a store, then one more each time
 * @param timeMillis the leader's wall clock when it decided, for people
 * @param changes in order; a later change of a key wins
 */
public record Batch(long sequence, long timeMillis, List<Change> changes) {

  public Batch {
    changes = List.copyOf(changes);
  }

  /** The bytes for the log: versioned, with a checksum. */
  public byte[] encode() {
    return BatchCodec.encode(this);
  }

  /**
   * Reads what {@link #encode()} wrote, from the position to the limit.
   *
   * @throws BatchUnreadable for anything else
   */
  public static Batch decode(ByteBuffer bytes) {
    return BatchCodec.decode(bytes);
  }
}
