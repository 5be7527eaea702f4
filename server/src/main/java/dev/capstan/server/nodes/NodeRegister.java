package dev.capstan.server.nodes;

import dev.capstan.node.config.Limits;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Joining;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The committed side of nodes: joins, departures and what operators say, each a transaction with
 * its audit entry. Runs on the partition's thread.
 */
final class NodeRegister {
  private final int remembered;
  private final Admittance admittance;
  private final @Nullable StandingOrders orders;
  private final LinkedHashSet<String> departures = new LinkedHashSet<>();

  /** Which join of a node counts, of those that were decided since leading began. */
  private final Map<String, Long> present = new HashMap<>();

  private long incarnations;
  private long stored;

  /**
   * @param remembered how many departures leave a row behind
   * @param admittance whoever is removed is put out there too
   * @param orders what operators say of nodes, where another partition keeps it; null where this
   *     one does
   */
  NodeRegister(int remembered, Admittance admittance, @Nullable StandingOrders orders) {
    this.orders = orders;
    this.remembered = remembered;
    this.admittance = admittance;
  }

  /**
   * Begins anew with what is stored; the nodes that departed may be forgotten in its order.
   *
   * @return the incarnation of the nodes that have not departed
   */
  long begin(List<NodeRows.Row> rows) {
    departures.clear();
    present.clear();
    rows.stream()
        .filter(row -> row.status() != NodeStatus.ACTIVE)
        .forEach(row -> departures.add(row.profile().id()));
    stored = ++incarnations;
    return stored;
  }

  /**
   * What a join came to.
   *
   * @param resumed the node goes on under the epoch that it has
   * @param former the epoch that it had until now; 0 for none
   * @param incarnation grows with each join: only the last one of a node can depart
   */
  record Joined(NodeRows.Row row, boolean resumed, long former, long incarnation)
      implements Joining {
    @Override
    public long resumedEpoch() {
      return resumed ? row.epoch() : 0;
    }

    @Override
    public long endedEpoch() {
      return resumed ? 0 : former;
    }
  }

  /**
   * Lets a node go on under its epoch if it was not lost, else gives it the next one; stores what
   * it is.
   *
   * @param held the epoch under which the node says it holds attempts; 0 for none
   * @throws Refusal if it has been put out since its stream began
   */
  Joined join(TransactionView view, NodeProfile profile, long held) {
    if (admittance.isEvicted(view, profile.id())) {
      throw new Refusal(
          Refusal.Code.WRONG_STATE, "node " + profile.id() + " was put out of the cluster");
    }
    NodeRows.Row before = row(view, profile.id());
    long incarnation = ++incarnations;
    present.put(profile.id(), incarnation);
    if (before != null && before.epoch() == held && before.status() == NodeStatus.ACTIVE) {
      NodeRows.Row now =
          new NodeRows.Row(
              profile, held, NodeStatus.ACTIVE, orders(profile.id(), before), before.joinedAt());
      if (!profile.equals(before.profile())) {
        put(view, now);
      }
      return new Joined(now, true, held, incarnation);
    }
    long former = before != null && before.status() == NodeStatus.ACTIVE ? before.epoch() : 0;
    return new Joined(joinAnew(view, profile, before), false, former, incarnation);
  }

  private NodeRows.Row joinAnew(
      TransactionView view, NodeProfile profile, NodeRows.@Nullable Row before) {
    byte[] last = view.get(Table.NODES, NodeRows.epochKey());
    long epoch = last == null ? 1 : NodeRows.epoch(last) + 1;
    NodeRows.Row row =
        new NodeRows.Row(
            profile, epoch, NodeStatus.ACTIVE, orders(profile.id(), before), view.now());
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

  private NodeOrders orders(String id, NodeRows.@Nullable Row before) {
    if (orders != null) {
      return orders.of(id);
    }
    return before == null ? NodeOrders.NONE : before.orders();
  }

  /**
   * Stores that the session of a node has ended, unless the node has joined again since or has
   * departed already.
   *
   * @return the epoch that has ended; 0 when nothing has
   */
  long depart(
      TransactionView view,
      String id,
      long epoch,
      long incarnation,
      NodeStatus status,
      String reason) {
    NodeRows.Row row = row(view, id);
    if (row == null
        || row.epoch() != epoch
        || row.status() != NodeStatus.ACTIVE
        || present.getOrDefault(id, stored) != incarnation) {
      return 0;
    }
    put(view, row.with(status));
    view.audit(
        "node:" + id, status == NodeStatus.LEFT ? "node.leave" : "node.lost", id, "ok", reason);
    departures.add(id);
    if (departures.size() > remembered) {
      view.write(new Change.Delete(Table.NODES, NodeRows.key(departures.removeFirst())));
    }
    return epoch;
  }

  /**
   * Stores what a node may take from now on.
   *
   * @param deadline of a drain; null for none
   */
  NodeRows.Row admit(
      TransactionView view,
      String id,
      Admission admission,
      @Nullable Duration deadline,
      String principal) {
    NodeRows.Row row = required(view, id);
    Instant by = deadline == null ? null : view.now().plus(deadline);
    NodeRows.Row changed = row.with(row.orders().with(admission, by));
    put(view, changed);
    view.audit(principal, "node." + admission.deed(), id, "ok", by == null ? null : "until " + by);
    return changed;
  }

  /**
   * Stores labels that are given to a node and taken from it.
   *
   * @param limits how many a node may have, and as many may be taken away; what makes neither more
   *     is allowed, since its configuration may have come to more since
   * @throws Refusal if there is no such node, or it can't have these
   */
  NodeRows.Row label(
      TransactionView view,
      String id,
      Map<String, String> set,
      Collection<String> removed,
      Limits limits,
      String principal) {
    NodeRows.Row row = required(view, id);
    LabelChanges changes = row.orders().labels().and(set, removed);
    List<String> faults = HelloCheck.faults(set, removed, limits);
    if (!faults.isEmpty()) {
      throw refused(
          id, faults.getFirst(), "capstan nodes show " + id + " tells the labels that it has");
    }
    requireRoom(row, changes, limits.labels());
    NodeRows.Row changed = row.with(row.orders().with(changes));
    put(view, changed);
    view.audit(principal, "node.label", id, "ok", inWords(set, removed));
    return changed;
  }

  private static void requireRoom(NodeRows.Row row, LabelChanges changes, int most) {
    String id = row.profile().id();
    LabelChanges before = row.orders().labels();
    int labels = changes.on(row.profile().labels()).size();
    if (labels > most && labels > before.on(row.profile().labels()).size()) {
      throw refused(
          id,
          "there may be at most " + most + " labels, not " + labels,
          "capstan nodes show " + id + " tells the labels that it has");
    }
    int away = changes.removed().size();
    if (away > most && away > before.removed().size()) {
      throw refused(
          id,
          "at most " + most + " may be taken away, not " + away,
          "Give it one again that was taken away (NAME=VALUE); capstan audit tells them");
    }
  }

  private static Refusal refused(String id, String why, String hint) {
    return new Refusal(
        Refusal.Code.INVALID_REQUEST, "Node " + id + " can't have these labels: " + why, hint);
  }

  private static String inWords(Map<String, String> set, Collection<String> removed) {
    List<String> words = new ArrayList<>();
    set.forEach((name, value) -> words.add(name + "=" + value));
    removed.forEach(name -> words.add(name + "-"));
    return String.join(" ", words);
  }

  /**
   * Stores what a node found on itself since it joined.
   *
   * @return false when another session of the node has begun, or it has joined again
   */
  boolean change(TransactionView view, NodeProfile profile, long epoch, long incarnation) {
    NodeRows.Row row = row(view, profile.id());
    if (row == null
        || row.epoch() != epoch
        || present.getOrDefault(profile.id(), stored) != incarnation) {
      return false;
    }
    put(view, row.with(profile));
    view.audit("node:" + profile.id(), "node.change", profile.id(), "ok", null);
    return true;
  }

  /**
   * Forgets a node for good, also one that was let in and never came. One that was removed before
   * stays so: whoever asks again may not have heard the answer.
   *
   * @return the epoch that has ended; 0 when there was none
   */
  long remove(TransactionView view, String id, boolean force, String principal) {
    NodeRows.Row row = row(view, id);
    if (row == null && admittance.isEvicted(view, id)) {
      return 0;
    }
    if (!admittance.evict(view, id) && row == null) {
      throw unknown(id);
    }
    if (row != null) {
      view.write(new Change.Delete(Table.NODES, NodeRows.key(id)));
    }
    view.audit(principal, "node.remove", id, "ok", removed(row, force));
    departures.remove(id);
    present.remove(id);
    return row == null ? 0 : row.epoch();
  }

  private static @Nullable String removed(NodeRows.@Nullable Row row, boolean force) {
    String how = force ? "by force" : null;
    if (row == null) {
      return how;
    }
    return (how == null ? "" : how + ", ") + "epoch " + row.epoch();
  }

  private static NodeRows.Row required(TransactionView view, String id) {
    NodeRows.Row row = row(view, id);
    if (row == null) {
      throw unknown(id);
    }
    return row;
  }

  static Refusal unknown(String id) {
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
