package dev.capstan.verify.simulation;

import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreStatus;
import dev.capstan.server.store.Table;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store whose every change is looked at, and compared with what other replicas had.
 *
 * @param committed what the replicas of its partition agree on
 * @param write runs before each change, and throws as a disk does
 * @param reader reads it
 * @param moved takes the executions that a change was about
 */
record CheckedStore(
    Store store,
    String replica,
    CommittedState committed,
    Runnable write,
    Supplier<PartitionReader> reader,
    Consumer<Set<String>> moved)
    implements Store {
  @Override
  public void apply(long index, Batch batch) {
    write.run();
    store.apply(index, batch);
    committed.digest(replica, index, store.digest());
    moved.accept(committed.applied(replica, index, batch, reader.get()));
  }

  @Override
  public void restore(Path checkpoint) {
    store.restore(checkpoint);
    committed.digest(replica, store.appliedIndex(), store.digest());
    committed.restored(replica, store);
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
