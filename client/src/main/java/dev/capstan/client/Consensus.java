package dev.capstan.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The consensus that an execution depends on.
 *
 * @param leader the coordinator that leads; null if none is known
 * @param replicas coordinators that hold a replica
 * @param needed how many of them have to answer
 * @param answering those that answered just now
 * @param confirmed whether a majority has confirmed the leader just now
 * @param roundMicros how long that took
 */
public record Consensus(
    String execution,
    int partition,
    @Nullable String leader,
    long term,
    long commitIndex,
    List<String> replicas,
    int needed,
    List<String> answering,
    boolean confirmed,
    long roundMicros) {}
