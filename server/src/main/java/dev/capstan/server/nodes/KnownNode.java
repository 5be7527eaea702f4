package dev.capstan.server.nodes;

import java.time.Instant;

/** A node as operators see it: connected, or remembered. */
public record KnownNode(
    NodeProfile profile,
    long epoch,
    NodeStatus status,
    Admission admission,
    int running,
    Instant joinedAt) {}
