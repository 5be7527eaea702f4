package dev.capstan.server.partition;

import dev.capstan.server.log.LogConsumer;
import dev.capstan.server.log.LogException;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Store;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a partition does on every replica, leading or not: committed batches go into the store as
 * they are. Called by the log; tells the loop through notices.
 *
 * <p>A batch that does not follow the last one is refused, by the same rule on every replica: it
 * was proposed by a leader whose batch before that never made it into the log, so it was decided on
 * a state that never was.
 */
final class Replica implements LogConsumer {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

  private final Store store;
  private final Counters counters;
  private final Waker waker;
  private final Queue<Notice> notices = new ConcurrentLinkedQueue<>();
  private final Queue<Proposed> proposed = new ConcurrentLinkedQueue<>();
  private final RefusedBatches refused = new RefusedBatches();

  /** What the loop has to hear of. */
  sealed interface Notice {
    record Leads(long term) implements Notice {}

    record Follows(long term) implements Notice {}

    record Refused(long sequence) implements Notice {}

    record Failed(Throwable cause) implements Notice {}
  }

  /** A batch that this replica proposed, so that it need not be read again from its bytes. */
  @SuppressWarnings("ArrayRecordComponent") // Compared as bytes of an entry, never as a record.
  private record Proposed(byte[] entry, Batch batch) {}

  Replica(Store store, Counters counters, Waker waker) {
    this.store = store;
    this.counters = counters;
    this.waker = waker;
  }

  /** The next thing that the loop has not heard of; null if there is none. */
  @Nullable Notice poll() {
    return notices.poll();
  }

  boolean hasNotices() {
    return !notices.isEmpty();
  }

  /** The loop is about to propose a batch in this form. */
  void proposing(byte[] entry, Batch batch) {
    proposed.add(new Proposed(entry, batch));
  }

  @Override
  public long appliedIndex() {
    return store.appliedIndex();
  }

  @Override
  public void apply(long index, ByteBuffer entry) {
    Batch batch = batchOf(entry);
    if (batch.sequence() != store.sequence() + 1) {
      LOG.warn(
          "Batch {} at log index {} does not follow batch {}; it is not applied.",
          batch.sequence(),
          index,
          store.sequence());
      counters.batchesRefused.increment();
      refused.add(index);
      tell(new Notice.Refused(batch.sequence()));
      return;
    }
    store.apply(index, batch);
  }

  /**
   * The outcome of a proposal, by that of its entry: an entry may be committed and its batch
   * refused by every replica, and then nothing was done.
   */
  CompletableFuture<Long> applied(CompletableFuture<Long> entry) {
    CompletableFuture<Long> outcome = new CompletableFuture<>();
    var _ =
        entry.whenComplete((index, failure) -> {
          if (failure != null) {
            outcome.completeExceptionally(failure);
          } else if (refused.contains(index)) {
            outcome.completeExceptionally(new LogException.NotLeader(null));
          } else {
            outcome.complete(index);
          }
        });
    return outcome;
  }

  private Batch batchOf(ByteBuffer entry) {
    Proposed own = proposed.peek();
    while (own != null && own.batch().sequence() <= store.sequence()) {
      proposed.poll();
      own = proposed.peek();
    }
    if (own != null && entry.equals(ByteBuffer.wrap(own.entry()))) {
      proposed.poll();
      return own.batch();
    }
    return Batch.decode(entry);
  }

  @Override
  public void becameLeader(long term) {
    proposed.clear();
    tell(new Notice.Leads(term));
  }

  @Override
  public void becameFollower(long term) {
    proposed.clear();
    tell(new Notice.Follows(term));
  }

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
    tell(new Notice.Failed(cause));
  }

  private void tell(Notice notice) {
    notices.add(notice);
    waker.signal();
  }
}
