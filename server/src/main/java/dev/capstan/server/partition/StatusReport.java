package dev.capstan.server.partition;

/** Puts a {@link PartitionStatus} together. */
final class StatusReport {
  private StatusReport() {}

  static PartitionStatus of(Gauges gauges, Counters counters, int inbox) {
    return new PartitionStatus(
        gauges.role(),
        gauges.term(),
        gauges.sequence(),
        counters.decided.sum(),
        counters.rejected(),
        counters.events.sum(),
        counters.started.sum(),
        counters.ended.sum(),
        counters.batches.sum(),
        counters.batchBytes.sum(),
        counters.batchChanges.sum(),
        counters.audits.sum(),
        counters.batchesRefused.sum(),
        gauges.batchesInFlight(),
        counters.commitMicros(),
        inbox,
        counters.inboxRefused.sum(),
        gauges.cachedExecutions(),
        gauges.cachedBytes(),
        counters.cacheHits.sum(),
        counters.cacheMisses.sum(),
        gauges.tasksWaiting(),
        gauges.attempts(),
        counters.dispatched.sum(),
        counters.staleTokens.sum(),
        counters.unknownReports.sum(),
        counters.poisoned.sum(),
        gauges.timers(),
        counters.timersFired.sum(),
        counters.latenessMillis(),
        gauges.subscriptions(),
        counters.cloudEvents.sum(),
        gauges.outbox(),
        counters.outboxDelivered.sum(),
        counters.outboxFailed.sum(),
        counters.callbackFailures.sum());
  }
}
