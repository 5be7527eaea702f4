package dev.capstan.server.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The state of one partition: sorted tables, changed by committed batches alone. It has no log of
 * its own; after a crash it is as it was at some applied index, and the replicated log brings it up
 * again.
 *
 * <p>One thread applies. Reads are safe on any thread while it does, and each sees whole batches
 * only. Every method throws {@link dev.capstan.node.env.StorageFailure} when the disk fails, and
 * {@link IllegalStateException} after {@link #close()}.
 */
public interface Store extends AutoCloseable {

  /** Log index of the last applied batch, -1 for none. */
  long appliedIndex();

  /** Sequence of the last applied batch, 0 for none. */
  long sequence();

  /** A running digest of all applied batches; replicas that differ in state differ in it. */
  long digest();

  /**
   * Applies a batch as one atomic change, with the index.
   *
   * @param index greater than {@link #appliedIndex()}
   * @throws SequenceGap if the batch is not the next one
   */
  void apply(long index, Batch batch);

  /** The value of a key, null if it is not there. */
  byte @Nullable [] get(Table table, byte[] key);

  /**
   * Rows with keys from {@code from} (inclusive) to {@code to} (exclusive; null: to the table's
   * end), as they are now. Close what is returned.
   */
  Rows scan(Table table, byte[] from, byte @Nullable [] to, Direction direction);

  /**
   * Writes a copy to a directory that does not exist yet, cheaply if it is on the same file system,
   * and makes the live state durable up to the copy's index. May run beside {@link #apply}.
   *
   * @return the applied index of the copy
   */
  long checkpoint(Path directory);

  /** Replaces all state by a copy that {@link #checkpoint} wrote. Open scans end. */
  void restore(Path checkpoint);

  /** How the store is doing. */
  StoreStatus status();

  /** Makes everything applied durable, and closes. */
  @Override
  void close();
}
