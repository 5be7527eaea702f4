package dev.capstan.server.store;

import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * A scan in RocksDB. Every step holds the store's shared lock, so that the store can't be closed
 * under it.
 */
final class RocksRows implements Rows {
  private final Lock shared;
  private final Direction direction;
  private final Slice lower;
  private final @Nullable Slice upper;
  private final ReadOptions options;
  private final RocksIterator iterator;
  private final Consumer<RocksRows> onClose;
  private boolean started;
  private boolean closed;

  /** The caller holds the shared lock. */
  RocksRows(
      RocksDatabase database,
      Table table,
      byte[] from,
      byte @Nullable [] to,
      Direction direction,
      Lock shared,
      Consumer<RocksRows> onClose) {
    this.shared = shared;
    this.direction = direction;
    this.onClose = onClose;
    lower = new Slice(from);
    upper = to == null ? null : new Slice(to);
    options = new ReadOptions().setIterateLowerBound(lower);
    if (upper != null) {
      options.setIterateUpperBound(upper);
    }
    iterator = database.database().newIterator(database.family(table), options);
  }

  @Override
  public boolean next() {
    shared.lock();
    try {
      requireOpen();
      move();
      if (iterator.isValid()) {
        return true;
      }
      iterator.status();
      return false;
    } catch (RocksDBException e) {
      throw RocksFailure.of("scanning", e);
    } finally {
      shared.unlock();
    }
  }

  private void move() {
    boolean forward = direction == Direction.FORWARD;
    if (started) {
      if (iterator.isValid()) {
        if (forward) {
          iterator.next();
        } else {
          iterator.prev();
        }
      }
      return;
    }
    started = true;
    if (forward) {
      iterator.seekToFirst();
    } else {
      iterator.seekToLast();
    }
  }

  @Override
  public byte[] key() {
    shared.lock();
    try {
      requireOpen();
      return iterator.key();
    } finally {
      shared.unlock();
    }
  }

  @Override
  public byte[] value() {
    shared.lock();
    try {
      requireOpen();
      return iterator.value();
    } finally {
      shared.unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the scan is closed");
    }
  }

  @Override
  public void close() {
    shared.lock();
    try {
      release();
    } finally {
      shared.unlock();
    }
    onClose.accept(this);
  }

  /** Frees native memory; the caller holds one of the store's locks. */
  synchronized void release() {
    if (closed) {
      return;
    }
    closed = true;
    iterator.close();
    options.close();
    lower.close();
    if (upper != null) {
      upper.close();
    }
  }
}
