package dev.capstan.server.store;

import dev.capstan.node.env.StorageFailure;
import dev.capstan.node.env.StorageFailure.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Writes that can't be held back for ever. When changes come faster than they go to files, RocksDB
 * lets a write wait inside of it; but when its files can't be written, because the disk is full, it
 * waits for that to end by itself, and the write never returns. So a write that would be held back
 * comes back to us, and we wait here, where we see why.
 */
final class RocksWrites implements AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
  private static final String NO_SPACE = "No space left on device";
  private static final String ERRORS = "rocksdb.background-errors";

  /** With less than this to spare, a file could not be written. */
  private static final long SPARE_BYTES = 1L << 20;

  private final WriteOptions options = new WriteOptions().setDisableWAL(true).setNoSlowdown(true);

  /**
   * Writes a batch; waits while files are behind.
   *
   * @param directory of the database
   * @throws StorageFailure if files can't be written
   */
  void write(RocksDB database, Path directory, WriteBatch batch) throws RocksDBException {
    while (true) {
      try {
        database.write(options, batch);
        return;
      } catch (RocksDBException e) {
        if (!isHeldBack(e)) {
          throw e;
        }
        if (database.getLongProperty(ERRORS) > 0) {
          throw new StorageFailure(
              isFull(directory) ? Code.DISK_FULL : Code.DISK_ERROR,
              "files of the store can't be written; see " + directory.resolve("LOG"),
              e);
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static boolean isHeldBack(RocksDBException e) {
    Status status = e.getStatus();
    return status != null && status.getCode() == Status.Code.Incomplete;
  }

  /**
   * Whether files can't be written because the disk is full. What was written in vain is deleted
   * again, so that there may be some space by now; then the database's own log says so.
   */
  private static boolean isFull(Path directory) {
    try {
      return Files.getFileStore(directory).getUsableSpace() < SPARE_BYTES
          || Files.readString(directory.resolve("LOG"), StandardCharsets.ISO_8859_1)
              .contains(NO_SPACE);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    options.close();
  }
}
