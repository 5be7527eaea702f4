package dev.capstan.server.partition;

import java.util.Map;

/** Numbers of the loop's own data, published by the loop for other threads. */
record Gauges(
    PartitionStatus.Role role,
    long term,
    long sequence,
    int batchesInFlight,
    int cachedExecutions,
    long cachedBytes,
    Map<String, Integer> tasksWaiting,
    int attempts,
    int timers,
    int subscriptions,
    int outbox) {
  static final Gauges NONE =
      new Gauges(PartitionStatus.Role.FOLLOWING, 0, 0, 0, 0, 0, Map.of(), 0, 0, 0, 0);
}
