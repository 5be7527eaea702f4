package dev.capstan.verify.simulation;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Token;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Fold;
import dev.capstan.core.history.Event;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the replicas of a partition have agreed on so far. The first replica that applies an entry
 * shows what that changes, and what must hold of it is checked then and there; all others must
 * apply the same.
 */
final class CommittedState {
  private static final Pattern DRAINED = Pattern.compile("time of node (\\S+) to drain was over");

  private final int partition;
  private final Invariants invariants;
  private final Circumstances circumstances;
  private final Kinship kinship;
  private final Map<Long, Long> digests = new HashMap<>();
  private final Map<Long, Entry> entries = new HashMap<>();
  private final Map<String, Agreed> executions = new HashMap<>();
  private final Map<String, Long> dispatchable = new HashMap<>();
  private final Map<ByteBuffer, Written> events = new HashMap<>();
  private final Map<String, Integer> keyed = new HashMap<>();
  private final Pace pace = Workflows.pace();
  private final Owners owners;
  private final NodeEpochs nodes;
  private DefinitionSource definitions;
  private Orders.Known known = Orders.Known.NOTHING;
  private long last = -1;

  /** Of the log: what is in it, and which executions it is about. */
  private record Entry(int content, Set<String> executions) {}

  /** Of an execution. */
  private record Agreed(Execution state, HistoryRules rules) {}

  /** A row of a history: when it came, and what is in it. */
  private record Written(long index, int content) {}

  CommittedState(int partition, Invariants invariants, Circumstances circumstances) {
    this.partition = partition;
    this.invariants = invariants;
    this.circumstances = circumstances;
    this.kinship = invariants.kinship();
    owners = new Owners(invariants::violated, kinship);
    nodes = new NodeEpochs(invariants::violated);
    definitions =
        hash -> {
          throw new IllegalStateException("nothing is deployed, and somebody asks for " + hash);
        };
  }

  NodeEpochs nodes() {
    return nodes;
  }

  /** Replicas that have applied as much are equal. */
  void digest(String replica, long index, long digest) {
    Long known = digests.putIfAbsent(index, digest);
    if (known != null && known != digest) {
      violated("replica " + replica + " differs from another one at index " + index);
    }
  }

  private void violated(String what) {
    invariants.violated(
        circumstances.partitions() == 1 ? what : "in partition " + partition + ", " + what);
  }

  /**
   * A replica has applied an entry.
   *
   * @return executions that it is about
   */
  Set<String> applied(String replica, long index, Batch batch, PartitionReader where) {
    int content = content(batch);
    Entry known = entries.get(index);
    if (known != null) {
      if (known.content() != content) {
        violated(replica + " applied something else than others at index " + index);
      }
      return known.executions();
    }
    if (index <= last) {
      violated(replica + " applied something at index " + index + ", which others have left out");
    }
    last = index;
    definitions = where.definitions();
    if (partition == 0) {
      invariants.orders().committed(index, batch);
    }
    this.known = invariants.orders().of(partition, batch.sequence(), content);
    Set<String> about = agreed(index, batch, where);
    entries.put(index, new Entry(content, about));
    return about;
  }

  /** What is in a batch, as a number. */
  static int content(Batch batch) {
    int content = 0;
    for (Change change : batch.changes()) {
      int of =
          switch (change) {
            case Change.Put put -> 31 * Arrays.hashCode(put.key()) + Arrays.hashCode(put.value());
            case Change.Delete delete -> ~Arrays.hashCode(delete.key());
            case Change.DeleteRange range ->
                -31 * Arrays.hashCode(range.from()) - Arrays.hashCode(range.to());
          };
      content = 31 * content + 7 * change.table().number() + of;
    }
    return content;
  }

  private Set<String> agreed(long index, Batch batch, PartitionReader where) {
    nodes.begin();
    batch.changes().stream()
        .filter(change -> change.table() == Table.NODES)
        .forEach(nodes::changed);
    Set<String> moved = new TreeSet<>();
    Set<String> touched = new TreeSet<>();
    for (Change change : batch.changes()) {
      if (change.table() == Table.EVENTS) {
        moved.add(happened(index, change, where));
      } else {
        String id = owners.changed(change);
        if (id != null) {
          touched.add(id);
        }
      }
    }
    touched.addAll(moved);
    kinship.settled();
    moved.forEach(id -> compare(id, where));
    touched.forEach(this::checkOwner);
    checkKey();
    checkNodes();
    return touched;
  }

  /** Histories only grow, at their ends, and end once. */
  private String happened(long index, Change change, PartitionReader where) {
    if (!(change instanceof Change.Put row)) {
      violated("an entry deletes what has happened: " + change);
      return "";
    }
    String id = Owners.execution(row.key(), 0);
    long first = ByteBuffer.wrap(row.key()).getLong(row.key().length - Long.BYTES);
    Agreed agreed = executions.computeIfAbsent(id, this::begun);
    Execution state = agreed.state();
    events.put(ByteBuffer.wrap(row.key()), new Written(index, Arrays.hashCode(row.value())));
    if (first != state.eventCount()) {
      violated(
          "an entry writes event %d of %s, which has %d".formatted(first, id, state.eventCount()));
      return id;
    }
    Event.Recorded recorded = where.history(id, first, 1).getFirst();
    invariants.committed(id, recorded);
    for (Event event : recorded.events()) {
      if (state.exists() && state.status().hasEnded() && !movesOnly(event)) {
        violated(id + " has ended, and goes on with " + event);
      }
      if (event instanceof Event.TaskFaulted faulted && agreed.rules().isHeld(faulted.task())) {
        checkReason(id, faulted.error().detail());
      }
      agreed.rules().next(event, recorded.time());
      kinship.happened(partition, id, event);
      Fold.apply(state, event, recorded.time());
      if (event instanceof Event.TaskStarted start && start.node() != null) {
        started(index, id, start);
      }
      if (event instanceof Event.TaskRetried retried) {
        retried(index, id, retried);
      }
    }
    return id;
  }

  /** What has faulted may be moved, so that somebody tries it again; nobody here does. */
  private static boolean movesOnly(Event event) {
    return event instanceof Event.ExecutionMigrated;
  }

  private Agreed begun(String id) {
    return new Agreed(
        Execution.blank(id, hash -> definitions.byHash(hash)),
        new HistoryRules(id, Workflows.recovery(id, circumstances.recovery()), invariants));
  }

  /** An attempt is given to a session that there is. */
  private void started(long index, String id, Event.TaskStarted start) {
    String token = SimulatedWorker.token(id, start.task(), start.attempt(), start.epoch());
    dispatchable.putIfAbsent(token, index);
    if (!nodes.isOpen(start.node(), start.epoch())) {
      violated(token + " was given to " + start.node() + ", which has no such session");
    }
    checkOrders(index, id, start, token);
    if (Workflows.of(id) == Workflows.PACED) {
      checkPace(token);
    }
  }

  private void checkPace(String token) {
    int tooMany = pace.started(known.nanos());
    if (tooMany > 0) {
      violated(token + " starts, and " + tooMany + " fewer were allowed to");
    } else if (tooMany == 0) {
      invariants.tally().bit(Happening.RATE_AT_ITS_LIMIT);
    }
  }

  /**
   * And to a node that may take it, by what its leader knew of what operators had said. What was
   * decided first in the same entry did not know who is put out by it.
   */
  private void checkOrders(long index, String id, Event.TaskStarted start, String token) {
    Orders orders = invariants.orders();
    String node = start.node();
    if (orders.isOut(node, partition == 0 ? index - 1 : known.orders())) {
      violated(token + " was given to " + node + ", which was put out");
    }
    if (orders.isClosed(node, known)) {
      violated(token + " was given to " + node + ", which is cordoned or drained");
    }
    if (Workflows.of(id) == Workflows.LABELLED) {
      invariants.tally().bit(Happening.PLACED_BY_LABEL);
      String label = orders.label(node, Workflows.ZONE, known);
      if (!Workflows.HERE.equals(label)) {
        violated(token + " was given to " + node + " of zone " + label);
      }
    }
  }

  /**
   * Nobody is known any more who was put out, where that is kept, and joins elsewhere; and a node
   * that is to run nothing any more for long runs nothing.
   */
  private void checkNodes() {
    Orders orders = invariants.orders();
    if (partition == 0) {
      orders.out().stream()
          .filter(nodes::knows)
          .forEach(node -> violated("there is a row of " + node + ", which was put out"));
    }
    nodes.begun().stream()
        .filter(node -> orders.isOut(node, known.orders()))
        .forEach(node -> violated(node + " joins, which was put out"));
    for (String node : known.overdue()) {
      invariants.tally().bit(Happening.DRAIN_LONG_OVER);
      executions.entrySet().stream()
          .filter(each -> each.getValue().rules().isOn(node))
          .forEach(each ->
              violated(
                  "%s is still on %s, whose time to drain was over for long"
                      .formatted(each.getKey(), node)));
    }
  }

  /** Nothing is taken from a node because it drains as long as it has time for that. */
  private void checkReason(String id, @Nullable String reason) {
    Matcher drained = DRAINED.matcher(String.valueOf(reason));
    if (drained.find()) {
      invariants.tally().bit(Happening.TAKEN_FROM_ONE_DRAINED);
      if (!invariants.orders().wasOverdue(drained.group(1), known)) {
        violated(id + ": " + reason + ", and it was not");
      }
    }
  }

  /** Nor does a task wait for such a node. */
  private void retried(long index, String id, Event.TaskRetried retried) {
    if (invariants.orders().isOut(retried.node(), partition == 0 ? index - 1 : known.out())) {
      violated(id + " waits for a node that was put out: " + retried);
    }
    String reason = retried.reason();
    checkReason(id, reason);
    if (reason.endsWith("was removed")) {
      invariants.tally().bit(Happening.TAKEN_FROM_ONE_PUT_OUT);
    }
  }

  /** What is stored of an execution is what its history makes of it. */
  private void compare(String id, PartitionReader where) {
    Agreed agreed = executions.get(id);
    Summary stored = where.summary(id, false);
    if (agreed == null || stored == null) {
      violated(id + " has a history, and is not stored");
      return;
    }
    Execution state = agreed.state();
    same(id, "workflow", stored.workflow(), state.workflow());
    same(id, "status", stored.status(), state.status());
    same(id, "number of events", stored.eventCount(), state.eventCount());
    same(id, "output", stored.output(), state.output());
    same(id, "error", stored.error(), state.error());
    same(id, "labels", stored.labels(), state.labels());
    same(id, "start", stored.startedAt(), state.startedAt());
    same(id, "end", stored.endedAt(), state.endedAt());
  }

  private void same(String id, String what, @Nullable Object stored, @Nullable Object history) {
    if (!Objects.equals(stored, history)) {
      violated(
          "the %s of %s is stored as %s, and its history says %s"
              .formatted(what, id, stored, history));
    }
  }

  /** Everything has an owner, a task at most one, and what has ended holds nothing. */
  private void checkOwner(String id) {
    Agreed agreed = executions.get(id);
    if (agreed == null && !owners.holds(id)) {
      return; // It never began, and somebody is told so.
    }
    if (agreed == null) {
      violated("something is held for " + id + ", which has no history");
      return;
    }
    Map<Long, String> rows = owners.holders(id);
    Map<Long, String> holders = agreed.rules().holders();
    if (!rows.equals(holders)) {
      violated(
          "tasks of %s are stored as those of %s, and its history says %s"
              .formatted(id, rows, holders));
    }
    boolean ended = agreed.state().status().hasEnded();
    if (ended && owners.holds(id)) {
      violated(id + " has ended, and something is held for it");
    }
    if (!ended && !agreed.state().isSuspended() && !owners.has(id) && !kinship.waits(id)) {
      violated(id + " has not ended, and nothing will make it go on");
    }
    if (Workflows.of(id) == Workflows.KEYED) {
      if (ended) {
        keyed.remove(id);
      } else {
        keyed.put(id, holders.size());
      }
    }
  }

  /** No more attempts of a key run than it allows. */
  private void checkKey() {
    int running = keyed.values().stream().mapToInt(Integer::intValue).sum();
    invariants.bound("attempts of a key run", running, 1);
    if (keyed.size() > 1 && running == 1) {
      invariants.tally().bit(Happening.KEY_AT_ITS_LIMIT);
    }
  }

  /**
   * Nothing is dispatched before it is committed that it is.
   *
   * @param index up to which the coordinator has applied
   */
  void said(String coordinator, CoordinatorMessage message, long index) {
    for (Dispatch dispatch : message.getDispatches().getDispatchesList()) {
      Token token = dispatch.getToken();
      Long since = dispatchable.get(SimulatedWorker.token(token));
      if (since == null || since > index) {
        violated(coordinator + " dispatched what is not committed: " + token);
      }
    }
  }

  /** Executions that have not ended. */
  List<String> open() {
    return executions.entrySet().stream()
        .filter(each -> !each.getValue().state().status().hasEnded())
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** All executions. */
  Set<String> executions() {
    return new TreeSet<>(executions.keySet());
  }

  /** A replica goes on with a snapshot: its histories are those that there were at its index. */
  void restored(String replica, Store store) {
    invariants.tally().bit(Happening.SNAPSHOT_INSTALLED);
    long index = store.appliedIndex();
    long expected = events.values().stream().filter(row -> row.index() <= index).count();
    long found = 0;
    try (Rows rows = store.scan(Table.EVENTS, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        found++;
        Written written = events.get(ByteBuffer.wrap(rows.key()));
        if (written == null
            || written.index() > index
            || written.content() != Arrays.hashCode(rows.value())) {
          violated(
              "%s has another history of %s after a snapshot of index %d"
                  .formatted(replica, Owners.execution(rows.key(), 0), index));
        }
      }
    }
    if (found != expected) {
      violated(
          "%s has %d rows of histories after a snapshot of index %d, of %d"
              .formatted(replica, found, index, expected));
    }
  }
}
