package dev.capstan.server.nodes;

import java.time.Instant;

/** A node as operators see it: connected, or remembered. */
public record KnownNode(
    NodeProfile profile,
    long epoch,
    NodeStatus status,
    Admission admission,
    int running,
    Instant joinedAt) {
  static KnownNode of(NodeRows.Row row) {
    return new KnownNode(
        row.profile(), row.epoch(), row.status(), row.admission(), 0, row.joinedAt());
  }
}
