package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The committed side of nodes: joins, departures and what operators say, each a transaction with
 * its audit entry. Runs on the partition's thread.
 */
final class NodeRegister {
  private static final Logger LOG = LoggerFactory.getLogger(NodeRegister.class);

  private final int remembered;
  private final Admittance admittance;
  private final Deque<String> departures = new ArrayDeque<>();

  /**
   * @param remembered how many departures leave a row behind
   * @param admittance whoever is removed is put out there too
   */
  NodeRegister(int remembered, Admittance admittance) {
    this.remembered = remembered;
    this.admittance = admittance;
  }

  /** Begins anew with what is stored; the nodes that departed may be forgotten in its order. */
  void begin(List<NodeRows.Row> stored) {
    departures.clear();
    stored.stream()
        .filter(row -> row.status() != NodeStatus.ACTIVE)
        .forEach(row -> departures.add(row.profile().id()));
  }

  /**
   * What a join came to.
   *
   * @param resumed the node goes on under the epoch that it has
   * @param former the epoch that it had before; 0 for none
   */
  record Joined(NodeRows.Row row, boolean resumed, long former) {}

  /**
   * Lets a node go on under its epoch if it was not lost, else gives it the next one; stores what
   * it is.
   *
   * @param held the epoch under which the node says it holds attempts; 0 for none
   */
  Joined join(TransactionView view, NodeProfile profile, long held) {
    NodeRows.Row before = row(view, profile.id());
    if (before != null && before.epoch() == held && before.status() == NodeStatus.ACTIVE) {
      NodeRows.Row now =
          new NodeRows.Row(profile, held, NodeStatus.ACTIVE, before.admission(), before.joinedAt());
      if (!profile.equals(before.profile())) {
        put(view, now);
      }
      return new Joined(now, true, held);
    }
    return new Joined(joinAnew(view, profile, before), false, before == null ? 0 : before.epoch());
  }

  private NodeRows.Row joinAnew(
      TransactionView view, NodeProfile profile, NodeRows.@Nullable Row before) {
    byte[] last = view.get(Table.NODES, NodeRows.epochKey());
    long epoch = last == null ? 1 : NodeRows.epoch(last) + 1;
    Admission admission = before == null ? Admission.OPEN : before.admission();
    NodeRows.Row row = new NodeRows.Row(profile, epoch, NodeStatus.ACTIVE, admission, view.now());
    view.write(new Change.Put(Table.NODES, NodeRows.epochKey(), NodeRows.epoch(epoch)));
    put(view, row);
    departures.remove(profile.id());
    view.audit(
        "node:" + profile.id(),
        "node.join",
        profile.id(),
        "ok",
        "epoch " + epoch + ", " + profile.slots() + " slots");
    return row;
  }

  /** Stores that the session with this epoch has ended; false when a later one has begun. */
  boolean depart(TransactionView view, String id, long epoch, NodeStatus status, String reason) {
    NodeRows.Row row = row(view, id);
    if (row == null || row.epoch() != epoch) {
      return false;
    }
    put(view, row.with(status));
    view.audit(
        "node:" + id, status == NodeStatus.LEFT ? "node.leave" : "node.lost", id, "ok", reason);
    departures.add(id);
    if (departures.size() > remembered) {
      view.write(new Change.Delete(Table.NODES, NodeRows.key(departures.remove())));
    }
    return true;
  }

  /** What the node shall go on with. */
  static CompletableFuture<Set<AttemptToken>> settle(
      PartitionRequests requests, NodeRegister.Joined joined, Set<AttemptToken> holding) {
    String id = joined.row().profile().id();
    if (joined.resumed()) {
      return requests.sessionResumed(id, joined.row().epoch(), holding);
    }
    if (joined.former() != 0) {
      requests.sessionLost(id, joined.former(), "another session of node " + id + " began");
    }
    return CompletableFuture.completedFuture(Set.of());
  }

  /**
   * Commits a departure; where that fails, the next leader finds out.
   *
   * @param over whether it is no wonder that it fails
   */
  void recordDeparture(
      PartitionRequests requests,
      String id,
      long epoch,
      NodeStatus status,
      String reason,
      BooleanSupplier over) {
    CompletableFuture<Boolean> _ =
        requests
            .transact(view -> depart(view, id, epoch, status, reason))
            .exceptionally(failure -> {
              String message = "The departure of node {} could not be recorded: {}";
              if (over.getAsBoolean()) {
                LOG.debug(message, id, failure.getMessage());
              } else {
                LOG.warn(message, id, failure.getMessage());
              }
              return false;
            });
  }

  NodeRows.Row admit(TransactionView view, String id, Admission admission, String principal) {
    NodeRows.Row changed = required(view, id).with(admission);
    put(view, changed);
    view.audit(principal, "node." + admission.deed(), id, "ok", null);
    return changed;
  }

  /** Forgets a node for good, also one that was let in and never came. */
  void remove(TransactionView view, String id, String principal) {
    NodeRows.Row row = row(view, id);
    if (!admittance.evict(view, id) && row == null) {
      throw unknown(id);
    }
    if (row != null) {
      view.write(new Change.Delete(Table.NODES, NodeRows.key(id)));
    }
    view.audit(principal, "node.remove", id, "ok", row == null ? null : "epoch " + row.epoch());
    departures.remove(id);
  }

  private static NodeRows.Row required(TransactionView view, String id) {
    NodeRows.Row row = row(view, id);
    if (row == null) {
      throw unknown(id);
    }
    return row;
  }

  private static Refusal unknown(String id) {
    return new Refusal(
        Refusal.Code.NOT_FOUND, "There is no node " + id, "capstan nodes lists them");
  }

  private static NodeRows.@Nullable Row row(TransactionView view, String id) {
    byte[] value = view.get(Table.NODES, NodeRows.key(id));
    return value == null ? null : NodeRows.read(value);
  }

  private static void put(TransactionView view, NodeRows.Row row) {
    view.write(new Change.Put(Table.NODES, NodeRows.key(row.profile().id()), NodeRows.write(row)));
  }
}
