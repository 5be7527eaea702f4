package dev.capstan.server.partition;

import dev.capstan.server.log.LogException;
import dev.capstan.server.store.Store;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Stands between a failed proposal and new decisions under the same leadership. It falls when every
 * proposal is known to be applied or never to be: until then an old batch could still come in front
 * of a new one.
 */
final class Fence {
  /** How often to look at proposals of unknown outcome. */
  static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Store store;
  private List<InFlight> batches = List.of();

  Fence(Store store) {
    this.store = store;
  }

  void raise(List<InFlight> inFlight) {
    batches = inFlight;
  }

  void clear() {
    batches = List.of();
  }

  boolean hasFallen() {
    return batches.stream().allMatch(this::isSettled);
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
