package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * A coordinator of the cluster.
 *
 * @param grpc where workers and clients of gRPC reach it; empty if nobody does
 * @param http where its HTTP API is; empty if nobody reaches it
 * @param role leader, follower, unreachable where it does not answer the leader, or joining before
 *     it has a replica
 * @param lag entries of the log that it has not got yet; null where that is not known
 * @param drained whether it leaves leading to others
 * @param clockAheadSeconds how far its clock is ahead of most coordinators'; null where that is not
 *     known
 */
public record Coordinator(
    String id,
    String grpc,
    String http,
    String role,
    @Nullable Long lag,
    boolean drained,
    @Nullable Double clockAheadSeconds) {}
