package dev.capstan.server.partition;

import java.time.Duration;

/**
 * What a partition may hold and how much it does at a time. The relations between the limits are
 * checked here and nowhere else.
 *
 * @param inboxRequests requests of clients that wait for their turn; more are refused
 * @param inboxBytes their size together, in bytes of JSON
 * @param payloadBytes the largest input, output or cloud event, in bytes of JSON
 * @param batchBytes a batch that has reached this size is closed
 * @param decisionBytes the most that one decision may write
 * @param entryBytes the largest entry that the log takes
 * @param batchesInFlight batches that are decided and not committed yet
 * @param cachedExecutions executions kept in memory
 * @param cachedBytes their size together, estimated
 * @param cachedDefinitions compiled definitions kept in memory
 * @param keyLife how long an idempotency key is kept
 */
public record PartitionLimits(
    int inboxRequests,
    long inboxBytes,
    int payloadBytes,
    int batchBytes,
    int decisionBytes,
    int entryBytes,
    int batchesInFlight,
    int cachedExecutions,
    long cachedBytes,
    int cachedDefinitions,
    Duration keyLife) {
  private static final int MIB = 1024 * 1024;

  public PartitionLimits {
    require(inboxRequests >= 1, "the inbox holds at least one request");
    require(inboxBytes >= payloadBytes, "the inbox holds at least one payload");
    require(payloadBytes >= 1024, "a payload may have at least 1 KiB");
    require(
        decisionBytes >= 2L * payloadBytes, "a decision holds two payloads, one in and one out");
    require(batchBytes >= 1024, "a batch holds at least 1 KiB");
    require(
        entryBytes >= batchBytes + 3L * decisionBytes,
        "an entry of the log holds a batch and three decisions, since the one that fills a batch still goes in with its rows");
    require(batchesInFlight >= 1, "at least one batch is in flight");
    require(
        cachedExecutions >= 1 && cachedBytes >= decisionBytes,
        "the cache holds at least one execution");
    require(cachedDefinitions >= 1, "the cache holds at least one definition");
    require(
        keyLife.compareTo(Duration.ofHours(24)) >= 0,
        "idempotency keys are kept for at least 24 hours");
  }

  /** What production uses unless the configuration says otherwise. */
  public static PartitionLimits ofDefaults() {
    return new PartitionLimits(
        20_000,
        64L * MIB,
        MIB,
        MIB,
        2 * MIB,
        8 * MIB,
        4,
        20_000,
        128L * MIB,
        1_000,
        Duration.ofHours(24));
  }

  /** With another inbox. */
  public PartitionLimits withInbox(int requests, long bytes) {
    return new PartitionLimits(
        requests,
        bytes,
        payloadBytes,
        batchBytes,
        decisionBytes,
        entryBytes,
        batchesInFlight,
        cachedExecutions,
        cachedBytes,
        cachedDefinitions,
        keyLife);
  }

  /** With another cache of executions. */
  public PartitionLimits withCache(int executions, long bytes) {
    return new PartitionLimits(
        inboxRequests,
        inboxBytes,
        payloadBytes,
        batchBytes,
        decisionBytes,
        entryBytes,
        batchesInFlight,
        executions,
        bytes,
        cachedDefinitions,
        keyLife);
  }

  /** With another number and size of batches. */
  public PartitionLimits withBatches(int inFlight, int bytes) {
    return new PartitionLimits(
        inboxRequests,
        inboxBytes,
        payloadBytes,
        bytes,
        decisionBytes,
        entryBytes,
        inFlight,
        cachedExecutions,
        cachedBytes,
        cachedDefinitions,
        keyLife);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
