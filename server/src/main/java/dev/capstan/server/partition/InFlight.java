package dev.capstan.server.partition;

import dev.capstan.core.decision.Effect;
import dev.capstan.core.history.Event;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Batch;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A batch that is decided and on its way, with everything that has to wait for it. Owned by the
 * partition's thread.
 */
final class InFlight {
  final Batch batch;
  final Overlay overlay;
  final List<Committed> committed;
  final List<Answer> answers;
  final List<Effect.Dispatch> dispatches;
  final List<Effect.CancelAttempt> cancels;
  final List<Draft.Outgoing> messages;

  /** The log's answer. */
  CompletableFuture<Long> outcome = new CompletableFuture<>();

  long proposedNanos;

  /**
   * What one execution has in the batch.
   *
   * @param ended whether it ended in the batch
   */
  record Committed(LiveExecution live, Summary summary, Event.Recorded recorded, boolean ended) {}

  InFlight(
      Batch batch,
      Overlay overlay,
      List<Committed> committed,
      List<Answer> answers,
      List<Effect.Dispatch> dispatches,
      List<Effect.CancelAttempt> cancels,
      List<Draft.Outgoing> messages) {
    this.batch = batch;
    this.overlay = overlay;
    this.committed = committed;
    this.answers = answers;
    this.dispatches = dispatches;
    this.cancels = cancels;
    this.messages = messages;
  }

  long sequence() {
    return batch.sequence();
  }
}
