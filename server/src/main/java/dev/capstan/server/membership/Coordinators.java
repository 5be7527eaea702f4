package dev.capstan.server.membership;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.ApiKey;
import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.Founding;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes which coordinators the cluster has, where they are, and who of them leads: each change is
 * a transaction with its audit entry, in the first partition. Only where this coordinator leads
 * that; elsewhere every change is refused. The set of replicas follows the rows ({@link
 * Reconciler}). Safe for any thread; no call waits.
 */
public final class Coordinators {
  private static final Logger LOG = LoggerFactory.getLogger(Coordinators.class);
  private static final Duration RETRY = Duration.ofMillis(200);

  private final String cluster;
  private final String self;
  private final PartitionRequests partition;
  private final Store store;
  private final Voters voters;

  /**
   * @param self this coordinator
   */
  Coordinators(
      String cluster, String self, PartitionRequests partition, Store store, Voters voters) {
    this.cluster = cluster;
    this.self = self;
    this.partition = partition;
    this.store = store;
    this.voters = voters;
  }

  /**
   * The first coordinator of a new cluster stores itself and the first administrator's key. Does
   * nothing in a cluster that has coordinators.
   */
  public CompletableFuture<Boolean> found(CoordinatorPlace first, Founding founding) {
    return partition.transact(view -> {
      byte[] key = ClusterRows.key(ClusterRows.COORDINATOR, first.node());
      if (view.get(Table.CLUSTER, key) != null) {
        return false;
      }
      Members.enter(view, NodeIdentity.coordinator(cluster, first.node()), first);
      view.write(
          ClusterRows.put(
              ClusterRows.KEY,
              founding.keyId(),
              ApiKey.newBuilder()
                  .setId(founding.keyId())
                  .setDigest(founding.keyDigest().hex())
                  .setPrincipal(founding.principal())
                  .setCreatedMillis(view.now().toEpochMilli())
                  .setCreatedBy("cluster init")
                  .build()
                  .toByteArray()));
      view.audit(founding.principal(), "cluster.found", cluster, "ok", "by " + first.node());
      return true;
    });
  }

  /** A coordinator is somewhere else now. */
  public CompletableFuture<Boolean> moved(CoordinatorPlace place) {
    return partition.transact(view -> {
      byte[] key = ClusterRows.key(ClusterRows.COORDINATOR, place.node());
      byte[] present = view.get(Table.CLUSTER, key);
      if (present == null || place.isIn(ClusterRows.coordinator(present))) {
        return false;
      }
      boolean drained = ClusterRows.coordinator(present).getDrained();
      Members.place(view, place);
      if (drained) {
        drain(view, place.node(), true);
      }
      view.audit("node:" + place.node(), "cluster.move", place.node(), "ok", "to " + place.grpc());
      return true;
    });
  }

  /**
   * Lets a coordinator lead no more while another one can, or again; completes when that is
   * durable. It goes on to replicate, and counts for majorities as before.
   */
  public CompletableFuture<Void> drain(String coordinator, boolean drained, String principal) {
    return partition
        .transact(view -> {
          drain(view, coordinator, drained);
          String operation = drained ? "cluster.drain" : "cluster.undrain";
          view.audit(principal, operation, coordinator, "ok", null);
          return coordinator;
        })
        .thenAccept(id -> LOG.info("Coordinator {} {} lead", id, drained ? "need not" : "may"));
  }

  private static void drain(TransactionView view, String coordinator, boolean drained) {
    byte[] present = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.COORDINATOR, coordinator));
    if (present == null) {
      throw unknown(coordinator);
    }
    Coordinator row = ClusterRows.coordinator(present).toBuilder().setDrained(drained).build();
    view.write(ClusterRows.put(ClusterRows.COORDINATOR, coordinator, row.toByteArray()));
  }

  private static Refusal unknown(String coordinator) {
    return new Refusal(
        Refusal.Code.NOT_FOUND,
        "There is no coordinator " + coordinator,
        "capstan cluster status lists them");
  }

  /**
   * Puts a coordinator out; completes when that is durable. Its replicas leave the groups after
   * that. What it leads is handed over first, since whoever applies the row talks to it no more.
   * One that leads the first partition refuses then as not ready, so that the request goes on to
   * its successor. One that was put out already stays so: a client whose answer was lost asks
   * again.
   *
   * @throws Refusal in the future, if what would remain could not decide anything
   */
  public CompletableFuture<Void> dismiss(String coordinator, String principal) {
    if (isFirstOfSeveral(coordinator)) {
      Refusal refusal = Removal.refusal(coordinator, coordinators(), voters);
      return refusal != null ? CompletableFuture.failedFuture(refusal) : goOnElsewhere();
    }
    return voters
        .confirm()
        .exceptionally(_ -> {
          throw Refusal.notLed(
              "Not all partitions are led, so nobody knows who has a vote in them");
        })
        .thenCompose(_ -> relieve(coordinator))
        .thenCompose(_ -> putOut(coordinator, principal));
  }

  private boolean isFirstOfSeveral(String coordinator) {
    return coordinator.equals(self) && voters.groups().getFirst().size() > 1;
  }

  /** Nothing is done to one that may not go, or is none. */
  private CompletableFuture<?> relieve(String coordinator) {
    Set<String> present = coordinators();
    if (!present.contains(coordinator)) {
      return CompletableFuture.completedFuture(null);
    }
    Refusal refusal = Removal.refusal(coordinator, present, voters);
    return refusal != null
        ? CompletableFuture.failedFuture(refusal)
        : voters
            .relieve(coordinator)
            .exceptionally(_ -> {
              throw notRelieved(coordinator);
            });
  }

  private CompletableFuture<Void> putOut(String coordinator, String principal) {
    return partition
        .transact(view -> {
          if (wasRemoved(view, coordinator)) {
            return false;
          }
          remove(view, coordinator);
          view.audit(principal, "cluster.remove", coordinator, "ok", null);
          return true;
        })
        .thenAccept(now -> {
          if (now) {
            LOG.info("Coordinator {} was put out by {}", coordinator, principal);
          }
        });
  }

  private static boolean wasRemoved(TransactionView view, String coordinator) {
    byte[] node = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.NODE, coordinator));
    if (node == null
        || view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.COORDINATOR, coordinator)) != null) {
      return false;
    }
    Admitted known = ClusterRows.node(node);
    return known.hasEvictedMillis() && known.getRole().equals(Role.COORDINATOR.word());
  }

  private CompletableFuture<Void> goOnElsewhere() {
    return voters
        .handOver()
        .handle((_, failure) -> {
          if (failure != null) {
            throw notRelieved(self);
          }
          throw new Refusal(
              Refusal.Code.NOT_READY,
              self + " was to be removed and has let another coordinator lead.",
              "Nothing else was done. Send it again, or to the one that leads now.",
              RETRY,
              List.of());
        });
  }

  private static Refusal notRelieved(String coordinator) {
    return new Refusal(
        Refusal.Code.WRONG_STATE,
        coordinator + " leads, and no other coordinator took over in time",
        "Nothing was done. Try again, or stop it first: another one leads then");
  }

  private void remove(TransactionView view, String coordinator) {
    byte[] key = ClusterRows.key(ClusterRows.COORDINATOR, coordinator);
    if (view.get(Table.CLUSTER, key) == null) {
      throw unknown(coordinator);
    }
    if (isFirstOfSeveral(coordinator)) {
      throw new Refusal(
          Refusal.Code.NOT_READY,
          self + " leads again and has to let another coordinator lead first.",
          "Nothing was done. Send it again.",
          RETRY,
          List.of());
    }
    Refusal refusal = Removal.refusal(coordinator, coordinators(view), voters);
    if (refusal != null) {
      throw refusal;
    }
    view.write(ClusterRows.delete(ClusterRows.COORDINATOR, coordinator));
    Members.evict(view, NodeIdentity.coordinator(cluster, coordinator));
  }

  /** Those in the rows, without the ones that a transaction on its way to the disk removes. */
  private Set<String> coordinators(TransactionView view) {
    Set<String> present = coordinators();
    present.removeIf(
        id -> view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.COORDINATOR, id)) == null);
    return present;
  }

  /** Those in the rows. */
  private Set<String> coordinators() {
    Set<String> present = new TreeSet<>();
    ClusterRows.scan(store, ClusterRows.COORDINATOR, (id, _) -> present.add(id));
    return present;
  }
}
