package dev.capstan.server.partition;

import dev.capstan.server.log.LogException;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Store;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a failed proposal and new decisions under the same leadership. It falls when every
 * proposal is known to be applied or never to be: until then an old batch could still come in front
 * of a new one.
 *
 * <p>What became of a batch may be told by nobody, and it may never come although the same replica
 * goes on to lead. Then an empty batch is proposed behind it: entries of one thread are committed
 * in the order in which they were proposed, so what is not applied when that one has come will not
 * be any more. Owned by the partition's thread.
 */
final class Fence {
  /** How often to look at proposals of unknown outcome. */
  static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Store store;
  private List<InFlight> batches = List.of();
  private @Nullable CompletableFuture<Long> probe;

  Fence(Store store) {
    this.store = store;
  }

  void raise(List<InFlight> inFlight) {
    batches = inFlight;
    probe = null;
  }

  void clear() {
    batches = List.of();
    probe = null;
  }

  boolean hasFallen() {
    CompletableFuture<Long> sent = probe;
    return (sent != null && sent.isDone() && !sent.isCompletedExceptionally())
        || batches.stream().allMatch(this::isSettled);
  }

  /**
   * Whether it takes an entry behind all batches to know what became of them: all have an outcome,
   * and some of them an unknown one.
   */
  boolean needsProbe() {
    CompletableFuture<Long> sent = probe;
    return (sent == null || sent.isCompletedExceptionally())
        && batches.stream().allMatch(batch -> batch.outcome.isDone())
        && !hasFallen();
  }

  /**
   * The entry to propose. Where an old batch with its number still comes first, no replica applies
   * it; that it is in the log is all that counts.
   */
  Batch probe(long nowMillis) {
    return new Batch(store.sequence() + 1, nowMillis, List.of());
  }

  /** The outcome of the entry. */
  void probed(CompletableFuture<Long> outcome) {
    probe = outcome;
  }

  private boolean isSettled(InFlight batch) {
    if (batch.sequence() <= store.sequence()) {
      return true;
    }
    return batch.outcome.isDone()
        && !(batch.outcome.isCompletedExceptionally()
            && batch.outcome.exceptionNow() instanceof LogException.OutcomeUnknown);
  }
}
