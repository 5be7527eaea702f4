package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * A replicated group as one coordinator sees it.
 *
 * @param role of the coordinator that answered: leader, follower, fenced or failed
 * @param leader the coordinator that leads; null while none is known to
 * @param inFlight batches on their way to a majority
 * @param waitingTasks tasks without a node
 */
public record Partition(
    int id,
    String role,
    @Nullable String leader,
    long term,
    long commitIndex,
    long appliedIndex,
    int inFlight,
    int cachedExecutions,
    int waitingTasks) {}
