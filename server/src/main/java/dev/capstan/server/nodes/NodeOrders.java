package dev.capstan.server.nodes;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What operators say of a node. Kept over its sessions.
 *
 * @param admission what it may take
 * @param drainBy when a drain takes away what the node still runs; null for never
 * @param labels that were given to it or taken from it
 */
public record NodeOrders(Admission admission, @Nullable Instant drainBy, LabelChanges labels) {
  /** Nobody has said anything. */
  static final NodeOrders NONE = new NodeOrders(Admission.OPEN, null, LabelChanges.NONE);

  NodeOrders with(Admission changed, @Nullable Instant by) {
    return new NodeOrders(changed, by, labels);
  }

  NodeOrders with(LabelChanges changed) {
    return new NodeOrders(admission, drainBy, changed);
  }

  /** Whether what the node still runs is to be taken from it. */
  boolean isOverdue(long wallMillis) {
    return drainBy != null && wallMillis >= drainBy.toEpochMilli();
  }
}
