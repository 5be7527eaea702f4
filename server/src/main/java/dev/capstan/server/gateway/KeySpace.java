package dev.capstan.server.gateway;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * Which partition owns what. A text falls into one of {@link #SHARES} shares by its hash, and each
 * partition owns a row of shares as long as those of the others, give or take one. Shares never
 * change, so that partitions could be split by handing on shares.
 *
 * @param partitions 1 to {@link #SHARES}
 */
public record KeySpace(int partitions) {
  /** Into how many parts texts fall. */
  public static final int SHARES = 4096;

  /** Everything belongs to one partition. */
  public static final KeySpace ONE = new KeySpace(1);

  /**
   * @throws IllegalArgumentException if there can't be so many
   */
  public KeySpace {
    if (partitions < 1 || partitions > SHARES) {
      throw new IllegalArgumentException("1 to " + SHARES + " partitions, not " + partitions);
    }
  }

  /** The partition that owns an execution. */
  public int ownerOf(String execution) {
    return partitions == 1 ? 0 : owner(execution);
  }

  /**
   * The partition in which an idempotency key of a workflow counts. An execution that is started
   * under a key and not under an id of its own belongs there.
   */
  public int ownerOfKey(String key) {
    return partitions == 1 ? 0 : owner("key " + key);
  }

  private int owner(String text) {
    CRC32C hash = new CRC32C();
    hash.update(text.getBytes(StandardCharsets.UTF_8));
    long share = hash.getValue() & (SHARES - 1);
    return (int) (share * partitions / SHARES);
  }

  /** The first of some fresh ids that a partition owns. */
  public String idOf(int partition, Supplier<String> ids) {
    String id = ids.get();
    while (ownerOf(id) != partition) {
      id = ids.get();
    }
    return id;
  }
}
