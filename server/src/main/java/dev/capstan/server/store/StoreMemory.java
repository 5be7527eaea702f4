package dev.capstan.server.store;

import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * Memory that all stores of a process share: a read cache and the changes not yet in files. Close
 * it after the stores.
 */
public final class StoreMemory implements AutoCloseable {
  static {
    RocksDB.loadLibrary();
  }

  private final Cache cache;
  private final WriteBufferManager writeBuffers;

  /**
   * Memory with bounds.
   *
   * @param cacheBytes bytes for blocks, indexes and filters read from files
   * @param writeBytes bytes of changes after which they are written to files
   */
  public StoreMemory(long cacheBytes, long writeBytes) {
    cache = new LRUCache(cacheBytes);
    writeBuffers = new WriteBufferManager(writeBytes, new LRUCache(writeBytes));
  }

  /** 16 MiB for reads, 16 MiB for changes: enough for an idle coordinator to stay small. */
  public static StoreMemory ofDefaults() {
    return new StoreMemory(16L << 20, 32L << 20);
  }

  Cache cache() {
    return cache;
  }

  WriteBufferManager writeBuffers() {
    return writeBuffers;
  }

  @Override
  public void close() {
    writeBuffers.close();
    cache.close();
  }
}
