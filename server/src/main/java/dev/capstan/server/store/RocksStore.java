package dev.capstan.server.store;

import dev.capstan.node.env.StorageFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The production store, on RocksDB.
 *
 * <p>RocksDB's own log is off. Changes gather in memory and go to files for all tables at once
 * ("atomic flush"), so what a crash leaves is the state at one batch, whose log index is in the
 * same files; the replicated log is replayed from there.
 *
 * <p>Native memory must not be touched after it is freed. So every use holds {@code gate} shared;
 * closing and restoring hold it alone.
 */
public final class RocksStore implements Store {
  private final StoreFiles files;
  private final StoreMemory memory;
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
  private final Lock shared = gate.readLock();
  private final Set<RocksRows> scans = ConcurrentHashMap.newKeySet();
  private final RocksWrites writing = new RocksWrites();
  private @Nullable RocksDatabase open;
  private volatile Head head;

  private RocksStore(StoreFiles files, StoreMemory memory, RocksDatabase open) {
    this.files = files;
    this.memory = memory;
    this.open = open;
    head = open.head(files.live());
  }

  /**
   * Opens a store, creating it if the directory is empty or missing.
   *
   * @throws dev.capstan.node.env.StartupRefusal if what is there is damaged or of a newer version
   */
  public static RocksStore open(Path directory, StoreMemory memory) {
    StoreFiles files = StoreFiles.prepare(directory);
    RocksDatabase database = RocksDatabase.open(files.live(), memory);
    try {
      return new RocksStore(files, memory, database);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  @Override
  public long appliedIndex() {
    return head.index();
  }

  @Override
  public long sequence() {
    return head.sequence();
  }

  @Override
  public long digest() {
    return head.digest();
  }

  @Override
  public void apply(long index, Batch batch) {
    Head next = head.after(index, batch);
    shared.lock();
    try (WriteBatch writes = new WriteBatch()) {
      RocksDatabase database = database();
      for (Change change : batch.changes()) {
        add(writes, database, change);
      }
      writes.put(database.family(Table.META), Head.KEY, next.encode());
      writing.write(database.database(), files.live(), writes);
      head = next;
    } catch (RocksDBException e) {
      throw RocksFailure.of("applying the batch at index " + index, e);
    } finally {
      shared.unlock();
    }
  }

  private static void add(WriteBatch writes, RocksDatabase database, Change change)
      throws RocksDBException {
    switch (change) {
      case Change.Put put -> writes.put(database.family(put.table()), put.key(), put.value());
      case Change.Delete delete -> writes.delete(database.family(delete.table()), delete.key());
      case Change.DeleteRange range ->
          writes.deleteRange(database.family(range.table()), range.from(), range.to());
    }
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    shared.lock();
    try {
      RocksDatabase database = database();
      return database.database().get(database.family(table), key);
    } catch (RocksDBException e) {
      throw RocksFailure.of("reading from " + table, e);
    } finally {
      shared.unlock();
    }
  }

  @Override
  public Rows scan(Table table, byte[] from, byte @Nullable [] to, Direction direction) {
    shared.lock();
    try {
      RocksRows rows = new RocksRows(database(), table, from, to, direction, shared, scans::remove);
      scans.add(rows);
      return rows;
    } finally {
      shared.unlock();
    }
  }

  @Override
  public long checkpoint(Path directory) {
    shared.lock();
    try (Checkpoint checkpoint = Checkpoint.create(database().database())) {
      flush(database());
      checkpoint.createCheckpoint(directory.toString());
      // What came between the flush and the copy may be in it too, so ask the copy. It uses the
      // store's memory, which may be freed as soon as the store is closed.
      try (RocksDatabase copy = RocksDatabase.openReadOnly(directory, memory)) {
        return copy.head(directory).index();
      }
    } catch (RocksDBException e) {
      throw RocksFailure.of("writing the checkpoint " + directory, e);
    } finally {
      shared.unlock();
    }
  }

  @Override
  public void restore(Path checkpoint) {
    gate.writeLock().lock();
    try {
      database();
      files.stage(checkpoint);
      release();
      files.swap();
      RocksDatabase database = RocksDatabase.open(files.live(), memory);
      open = database;
      head = database.head(files.live());
    } catch (IOException | UncheckedIOException e) {
      throw StorageFailure.of("restoring the checkpoint " + checkpoint, e);
    } finally {
      gate.writeLock().unlock();
    }
  }

  @Override
  public StoreStatus status() {
    shared.lock();
    try {
      RocksDatabase database = database();
      Head now = head;
      return new StoreStatus(
          now.index(),
          now.sequence(),
          now.digest(),
          files.bytes(),
          database.database().getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables"),
          memory.cache().getUsage());
    } catch (RocksDBException e) {
      throw RocksFailure.of("asking for the status", e);
    } finally {
      shared.unlock();
    }
  }

  @Override
  public void close() {
    gate.writeLock().lock();
    try {
      if (open == null) {
        return;
      }
      try {
        flush(open);
      } catch (RocksDBException e) {
        throw RocksFailure.of("closing", e);
      } finally {
        release();
        writing.close();
      }
    } finally {
      gate.writeLock().unlock();
    }
  }

  private static void flush(RocksDatabase database) throws RocksDBException {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
      database.database().flush(options, database.families());
    }
  }

  /** Ends scans and frees the database; the caller holds the gate alone. */
  private void release() {
    scans.forEach(RocksRows::release);
    scans.clear();
    if (open != null) {
      open.close();
      open = null;
    }
  }

  private RocksDatabase database() {
    RocksDatabase database = open;
    if (database == null) {
      throw new IllegalStateException("the store is closed");
    }
    return database;
  }
}
