package dev.capstan.server.log;

import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Log and store together, as a partition uses them: every entry is a batch. */
class StoreConsumer implements LogConsumer {
  static final int CHILDREN_KEPT = 20;

  private final Store store;
  private final CountDownLatch leader = new CountDownLatch(1);
  private volatile @Nullable Throwable failure;

  StoreConsumer(Store store) {
    this.store = store;
  }

  /** The batch of a sequence number, the same each time. */
  static Batch batch(long sequence) {
    byte[] key = ByteBuffer.allocate(24).putLong(8, sequence % 7).putLong(16, sequence).array();
    byte[] value = new byte[(int) (sequence * 37 % 900)];
    List<Change> changes = new ArrayList<>();
    changes.add(new Change.Put(Table.EVENTS, key, value));
    changes.add(new Change.Put(Table.TASKS, key, new byte[8]));
    if (sequence > CHILDREN_KEPT) {
      long old = sequence - CHILDREN_KEPT;
      byte[] gone = ByteBuffer.allocate(24).putLong(8, old % 7).putLong(16, old).array();
      changes.add(new Change.Delete(Table.TASKS, gone));
    }
    return new Batch(sequence, sequence, changes);
  }

  void awaitLeader() throws InterruptedException {
    leader.await();
  }

  @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public long appliedIndex() {
    return store.appliedIndex();
  }

  @Override
  public void apply(long index, ByteBuffer entry) {
    store.apply(index, Batch.decode(entry));
  }

  @Override
  public void becameLeader(long term) {
    leader.countDown();
  }

  @Override
  public void becameFollower(long term) {}

  @Override
  public long checkpoint(Path directory) {
    return store.checkpoint(directory);
  }

  @Override
  public void install(Path directory) {
    store.restore(directory);
  }

  @Override
  public void failed(Throwable cause) {
    failure = cause;
  }
}
