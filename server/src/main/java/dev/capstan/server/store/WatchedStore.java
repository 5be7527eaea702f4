package dev.capstan.server.store;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that says when rows of a table have changed, on the thread that applies. */
public final class WatchedStore implements Store {
  private final Store store;
  private final Table table;
  private final Consumer<Store> listener;

  /**
   * Watches a table of a store.
   *
   * @param listener is called after each batch that changes the table, and after a restore; must be
   *     quick
   */
  public WatchedStore(Store store, Table table, Consumer<Store> listener) {
    this.store = store;
    this.table = table;
    this.listener = listener;
  }

  @Override
  public void apply(long index, Batch batch) {
    store.apply(index, batch);
    for (Change change : batch.changes()) {
      if (change.table() == table) {
        listener.accept(store);
        return;
      }
    }
  }

  @Override
  public void restore(Path checkpoint) {
    store.restore(checkpoint);
    listener.accept(store);
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
