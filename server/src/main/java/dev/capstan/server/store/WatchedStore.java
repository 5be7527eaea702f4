package dev.capstan.server.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that says when rows of a table have changed, on the thread that applies. */
public final class WatchedStore implements Store {
  private final Store store;
  private final Table table;
  private final Listener listener;

  /** Who hears of changes, on the thread that applies; must be quick. */
  public interface Listener {
    /**
     * Rows of the table have changed.
     *
     * @param changes of one batch, in order; to this table alone
     */
    void changed(Store store, List<Change> changes);

    /** All rows may be others: the store has been restored. */
    void replaced(Store store);
  }

  /**
   * Watches a table of a store.
   *
   * @param listener is called after each batch that changes the table, and after a restore
   */
  public WatchedStore(Store store, Table table, Listener listener) {
    this.store = store;
    this.table = table;
    this.listener = listener;
  }

  /**
   * Watches a table whose rows are few and change seldom: all of them are read again.
   *
   * @param reader is called after each batch that changes the table, and after a restore
   */
  public static WatchedStore reading(Store store, Table table, Consumer<Store> reader) {
    return new WatchedStore(
        store,
        table,
        new Listener() {
          @Override
          public void changed(Store changed, List<Change> changes) {
            reader.accept(changed);
          }

          @Override
          public void replaced(Store restored) {
            reader.accept(restored);
          }
        });
  }

  @Override
  public void apply(long index, Batch batch) {
    store.apply(index, batch);
    List<Change> changes = new ArrayList<>();
    for (Change change : batch.changes()) {
      if (change.table() == table) {
        changes.add(change);
      }
    }
    if (!changes.isEmpty()) {
      listener.changed(store, changes);
    }
  }

  @Override
  public void restore(Path checkpoint) {
    store.restore(checkpoint);
    listener.replaced(store);
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
