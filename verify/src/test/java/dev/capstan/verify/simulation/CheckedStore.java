package dev.capstan.verify.simulation;

import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreStatus;
import dev.capstan.server.store.Table;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A store whose every change is compared with what other replicas had.
 *
 * @param write runs before each change, and throws as a disk does
 */
record CheckedStore(Store store, String replica, Invariants invariants, Runnable write)
    implements Store {
  @Override
  public void apply(long index, Batch batch) {
    write.run();
    store.apply(index, batch);
    invariants.applied(replica, index, store.digest());
  }

  @Override
  public void restore(Path checkpoint) {
    store.restore(checkpoint);
    invariants.tally().bit(Happening.SNAPSHOT_INSTALLED);
    invariants.applied(replica, store.appliedIndex(), store.digest());
  }

  @Override
  public long appliedIndex() {
    return store.appliedIndex();
  }

  @Override
  public long sequence() {
    return store.sequence();
  }

  @Override
  public long digest() {
    return store.digest();
  }

  @Override
  public byte @Nullable [] get(Table from, byte[] key) {
    return store.get(from, key);
  }

  @Override
  public Rows scan(Table of, byte[] from, byte @Nullable [] to, Direction direction) {
    return store.scan(of, from, to, direction);
  }

  @Override
  public long checkpoint(Path directory) {
    return store.checkpoint(directory);
  }

  @Override
  public StoreStatus status() {
    return store.status();
  }

  @Override
  public void close() {
    store.close();
  }
}
