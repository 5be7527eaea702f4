package dev.capstan.server.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store that says when rows of a table have changed, on the thread that applies. */
public final class WatchedStore implements Store {
  private static final long NOTHING = Long.MAX_VALUE;

  private final Store store;
  private final Table table;
  private final Listener listener;

  /** How far the store was before what the listener is being told of. */
  private volatile long untold = NOTHING;

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

  @Override
  public void apply(long index, Batch batch) {
    untold = store.appliedIndex();
    try {
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
    } finally {
      untold = NOTHING;
    }
  }

  @Override
  public void restore(Path checkpoint) {
    untold = store.appliedIndex();
    try {
      store.restore(checkpoint);
      listener.replaced(store);
    } finally {
      untold = NOTHING;
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Grows when the listener knows what was applied: who waits for an index may ask the listener
   * then.
   */
  @Override
  public long appliedIndex() {
    // In this order: an index that is new was there before the listener was told of it.
    long applied = store.appliedIndex();
    long before = untold;
    return before == NOTHING ? applied : Math.min(before, applied);
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
