package dev.capstan.server.nodes;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The committed side of nodes: joins, departures and what operators say, each a transaction with
 * its audit entry. Runs on the partition's thread.
 */
final class NodeRegister {
  private final int remembered;
  private final Deque<String> departures = new ArrayDeque<>();

  /**
   * @param remembered how many departures leave a row behind
   */
  NodeRegister(int remembered) {
    this.remembered = remembered;
  }

  /** Gives the next epoch to a node and stores what it is. */
  NodeRows.Row join(TransactionView view, NodeProfile profile) {
    byte[] last = view.get(Table.NODES, NodeRows.epochKey());
    long epoch = last == null ? 1 : NodeRows.epoch(last) + 1;
    NodeRows.Row before = row(view, profile.id());
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

  NodeRows.Row admit(TransactionView view, String id, Admission admission, String principal) {
    NodeRows.Row changed = required(view, id).with(admission);
    put(view, changed);
    view.audit(principal, "node." + admission.deed(), id, "ok", null);
    return changed;
  }

  /** Forgets a node for good. */
  void remove(TransactionView view, String id, String principal) {
    NodeRows.Row row = required(view, id);
    view.write(new Change.Delete(Table.NODES, NodeRows.key(id)));
    view.audit(principal, "node.remove", id, "ok", "epoch " + row.epoch());
    departures.remove(id);
  }

  private static NodeRows.Row required(TransactionView view, String id) {
    NodeRows.Row row = row(view, id);
    if (row == null) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND, "There is no node " + id, "capstan nodes lists them");
    }
    return row;
  }

  private static NodeRows.@Nullable Row row(TransactionView view, String id) {
    byte[] value = view.get(Table.NODES, NodeRows.key(id));
    return value == null ? null : NodeRows.read(value);
  }

  private static void put(TransactionView view, NodeRows.Row row) {
    view.write(new Change.Put(Table.NODES, NodeRows.key(row.profile().id()), NodeRows.write(row)));
  }
}
