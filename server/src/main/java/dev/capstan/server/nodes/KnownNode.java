package dev.capstan.server.nodes;

import java.time.Instant;
import java.util.Map;

/** A node as operators see it: connected, or remembered. */
public record KnownNode(
    NodeProfile profile,
    long epoch,
    NodeStatus status,
    NodeOrders orders,
    int running,
    Instant joinedAt) {
  static KnownNode of(NodeRows.Row row) {
    return new KnownNode(row.profile(), row.epoch(), row.status(), row.orders(), 0, row.joinedAt());
  }

  KnownNode with(NodeStatus other) {
    return new KnownNode(profile, epoch, other, orders, running, joinedAt);
  }

  /** The labels that it has, sorted by name. */
  public Map<String, String> labels() {
    return orders.labels().on(profile.labels());
  }
}
