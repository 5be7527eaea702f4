package dev.capstan.server.agreement;

import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreStatus;
import dev.capstan.server.store.Table;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A store whose digests are remembered. */
public final class DigestedStore implements Store {
  /** Half a minute of thousands of changes a second, in a megabyte. */
  private static final int REMEMBERED = 1 << 16;

  private final Store store;
  private final DigestHistory history = new DigestHistory(REMEMBERED);

  /** Remembers from the store's present state on. */
  public DigestedStore(Store store) {
    this.store = store;
    history.reset(now());
  }

  private StateDigest now() {
    return new StateDigest(store.appliedIndex(), store.digest());
  }

  /** What is remembered. */
  public DigestHistory history() {
    return history;
  }

  @Override
  public void apply(long index, Batch batch) {
    store.apply(index, batch);
    history.add(now());
  }

  @Override
  public void restore(Path checkpoint) {
    store.restore(checkpoint);
    history.reset(now());
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
