package dev.capstan.server.membership;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Table;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of those that belong to the cluster change, in transactions of callers, who audit
 * them too. On the partition's thread.
 */
final class Members {
  private Members() {}

  /**
   * Takes a node in.
   *
   * @param place where it is; null for a worker, of which nobody need know that
   */
  static void enter(TransactionView view, NodeIdentity identity, @Nullable CoordinatorPlace place) {
    view.write(
        ClusterRows.put(
            ClusterRows.NODE,
            identity.node(),
            Admitted.newBuilder()
                .setId(identity.node())
                .setRole(identity.role().word())
                .setJoinedMillis(view.now().toEpochMilli())
                .build()
                .toByteArray()));
    if (place != null) {
      place(view, place);
    }
  }

  /** Stores where a coordinator is; nothing else is said of it any more. */
  static void place(TransactionView view, CoordinatorPlace place) {
    view.write(
        ClusterRows.put(
            ClusterRows.COORDINATOR,
            place.node(),
            Coordinator.newBuilder()
                .setId(place.node())
                .setGrpc(place.grpc().toString())
                .setHttp(place.http().toString())
                .setPeer(place.peer().toString())
                .setJoinedMillis(view.now().toEpochMilli())
                .build()
                .toByteArray()));
  }

  /**
   * Puts a node out; its name is not used again.
   *
   * @return whether it was in
   */
  static boolean evict(TransactionView view, NodeIdentity identity) {
    String node = identity.node();
    byte[] value = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.NODE, node));
    Admitted known = value == null ? null : ClusterRows.node(value);
    if (known == null
        || known.hasEvictedMillis()
        || !known.getRole().equals(identity.role().word())) {
      return false;
    }
    Admitted row = known.toBuilder().setEvictedMillis(view.now().toEpochMilli()).build();
    view.write(ClusterRows.put(ClusterRows.NODE, node, row.toByteArray()));
    return true;
  }
}
