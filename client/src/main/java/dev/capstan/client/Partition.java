package dev.capstan.client;

/**
 * A replicated group as one coordinator sees it.
 *
 * @param role leader, follower or candidate
 * @param inFlight batches on their way to a majority
 * @param waitingTasks tasks without a node
 */
public record Partition(
    int id,
    String role,
    long term,
    long commitIndex,
    long appliedIndex,
    int inFlight,
    int cachedExecutions,
    int waitingTasks) {}
