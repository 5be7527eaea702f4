package dev.capstan.server.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Placement;
import dev.capstan.server.config.Payload;
import dev.capstan.server.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.NodeBoard;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All nodes of a coordinator and the account of their slots. One short lock guards the account;
 * nothing is sent, committed or told to the partition while it is held, and no call waits for
 * anything else.
 *
 * <p>A node is here from the commit of its join until its session ends. Whatever a session held
 * when it ended goes back through {@link PartitionRequests#sessionLost}; what is dispatched to a
 * session that is gone comes back at once.
 */
public final class NodeDirectory implements NodeBoard {
  private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);

  private final NodeSettings settings;
  private final DispatchMessages messages;
  private final Clock clock;
  private final NodeRegister register;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, LiveNode> live = new TreeMap<>();
  private final AbsentNodes absent;
  private final Map<String, NodeProfile> joining = new LinkedHashMap<>();
  private final LongAdder unheldReports = new LongAdder();
  private List<LiveNode> order = List.of();
  private long turn;
  private long leaderships;
  private volatile @Nullable PartitionRequests partition;
  private volatile boolean stopped;

  /** A directory that knows no node. {@link #lead} must follow. */
  public NodeDirectory(NodeSettings settings, Admittance admittance, Clock clock) {
    this.settings = settings;
    this.messages = new DispatchMessages(new Payload(settings.limits()));
    this.clock = clock;
    this.register = new NodeRegister(settings.remembered(), admittance);
    this.absent = new AbsentNodes(settings.remembered());
  }

  /**
   * Begins to take nodes; those in the store are remembered, and those that the former leader had
   * may come back and go on. On the partition's thread.
   */
  void lead(PartitionRequests requests, Store store) {
    List<NodeRows.Row> stored = NodeRows.readAll(store);
    register.begin(stored);
    lock.lock();
    try {
      clear();
      absent.begin(stored, clock.nanos() + settings.silenceNanos());
      leaderships++;
      partition = requests;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no nodes any more: another coordinator does. */
  void follow() {
    lock.lock();
    try {
      partition = null;
      leaderships++;
      clear();
    } finally {
      lock.unlock();
    }
  }

  private void clear() {
    live.clear();
    absent.clear();
    joining.clear();
    order = List.of();
  }

  /** Whether nodes can join here. */
  boolean leads() {
    return partition != null;
  }

  @Override
  public @Nullable Place reserve(String kind, JsonNode metadata) {
    Demand demand = Demand.of(kind, metadata);
    lock.lock();
    try {
      if (Placement.plan(order, demand, settings.strategy(), turn++)
          instanceof Placement.Chosen<LiveNode>(LiveNode node)) {
        node.reserved++;
        return new Place(node.id(), node.epoch);
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void release(Place place) {
    boolean freed = false;
    lock.lock();
    try {
      LiveNode node = find(place.node(), place.epoch());
      if (node != null && node.reserved > 0) {
        node.reserved--;
        freed = true;
      }
    } finally {
      lock.unlock();
    }
    if (freed) {
      capacityChanged();
    }
  }

  @Override
  public void dispatch(List<Effect.Dispatch> dispatches) {
    Map<LiveNode, List<Effect.Dispatch>> byNode = new LinkedHashMap<>();
    List<Effect.Dispatch> homeless = new ArrayList<>();
    lock.lock();
    try {
      for (Effect.Dispatch dispatch : dispatches) {
        LiveNode node = find(dispatch.node(), dispatch.token().epoch());
        if (node == null) {
          homeless.add(dispatch);
        } else if (!node.held.containsKey(dispatch.token())) {
          node.reserved = Math.max(0, node.reserved - 1);
          node.held.put(
              dispatch.token(),
              new HeldAttempt(dispatch.token(), dispatch.taskName(), dispatch.reference()));
          byNode.computeIfAbsent(node, _ -> new ArrayList<>()).add(dispatch);
        }
      }
    } finally {
      lock.unlock();
    }
    byNode.forEach((node, all) -> node.session.dispatch(all.stream().map(messages::of).toList()));
    for (Effect.Dispatch dispatch : homeless) {
      String reason = "node " + dispatch.node() + " was gone before it got it";
      forward(new Command.ReportReturned(dispatch.token(), reason), dispatch.token().execution());
    }
  }

  @Override
  public void cancel(AttemptToken token, String node) {
    LiveNode holder;
    lock.lock();
    try {
      LiveNode found = find(node, token.epoch());
      holder = found != null && found.held.containsKey(token) ? found : null;
    } finally {
      lock.unlock();
    }
    if (holder != null) {
      holder.session.cancel(token);
    }
  }

  @Override
  public boolean isAlive(String node, long epoch) {
    return locked(() -> find(node, epoch) != null);
  }

  private <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String whyWaiting(String kind, JsonNode metadata) {
    Demand demand = Demand.of(kind, metadata);
    lock.lock();
    try {
      return switch (Placement.plan(order, demand, settings.strategy(), turn)) {
        case Placement.Chosen<LiveNode>(LiveNode node) -> "about to go to node " + node.id();
        case Placement.Refused<LiveNode>(var explanation) -> explanation.sentence();
      };
    } finally {
      lock.unlock();
    }
  }

  /** How far an attempt says it is; null when it has said nothing. */
  public @Nullable AttemptProgress progress(String node, AttemptToken token) {
    lock.lock();
    try {
      LiveNode holder = find(node, token.epoch());
      HeldAttempt attempt = holder == null ? null : holder.held.get(token);
      return attempt == null ? null : attempt.progress;
    } finally {
      lock.unlock();
    }
  }

  /** All nodes that are connected or remembered, by id. */
  public List<KnownNode> nodes() {
    Map<String, KnownNode> all = new TreeMap<>();
    lock.lock();
    try {
      absent.all().forEach(node -> all.put(node.profile().id(), node));
      Instant now = Instant.ofEpochMilli(clock.wallMillis());
      joining.forEach((id, profile) ->
          all.put(id, new KnownNode(profile, 0, NodeStatus.JOINING, Admission.OPEN, 0, now)));
      live.forEach((id, node) -> all.put(id, node.known()));
    } finally {
      lock.unlock();
    }
    return List.copyOf(all.values());
  }

  /** How many nodes are connected. */
  public int connected() {
    return locked(live::size);
  }

  /** How many results came from nodes that did not hold their attempts. */
  public long unheldReports() {
    return unheldReports.sum();
  }

  /**
   * Changes what a node may take; kept for its later sessions too.
   *
   * @return completes when it is durable; with a refusal when there is no such node
   */
  public CompletableFuture<KnownNode> admit(String id, Admission admission, String principal) {
    return requests()
        .transact(view -> register.admit(view, id, admission, principal))
        .thenApply(row -> {
          KnownNode changed = KnownNode.of(row);
          lock.lock();
          try {
            LiveNode node = live.get(id);
            if (node != null) {
              node.admission = admission;
              changed = node.known();
            } else {
              absent.replace(changed);
            }
          } finally {
            lock.unlock();
          }
          capacityChanged();
          return changed;
        });
  }

  /**
   * Forgets a node that is gone, or that drains and has nothing left to end.
   *
   * @return completes when it is durable; with a refusal when there is no such node, or when it
   *     still takes or runs tasks
   */
  public CompletableFuture<Void> remove(String id, String principal) {
    return requests()
        .transact(view -> {
          refuseUnlessIdle(id);
          register.remove(view, id, principal);
          return id;
        })
        .thenAccept(this::forget);
  }

  private void refuseUnlessIdle(String id) {
    lock.lock();
    try {
      LiveNode node = live.get(id);
      if (joining.containsKey(id)) {
        throw LiveNode.inTheWay(id, "is joining", "Ask again when it has joined");
      }
      if (node != null) {
        node.refuseUnlessIdle();
      }
    } finally {
      lock.unlock();
    }
  }

  private void forget(String id) {
    LiveNode node;
    lock.lock();
    try {
      node = live.remove(id);
      absent.forget(id);
      order = List.copyOf(live.values());
    } finally {
      lock.unlock();
    }
    if (node != null) {
      requests().sessionLost(id, node.epoch, "node " + id + " was removed");
      node.session.removed();
      LOG.info("Node {} was removed (epoch {})", id, node.epoch);
    }
  }

  /**
   * The coordinator stops, and with it all streams. Nothing is committed: the nodes go on with what
   * they have under the next leader, or this one when it is back.
   */
  void stop() {
    stopped = true;
  }

  /**
   * Commits a join, or lets a node that was not lost go on; the node is in the directory when the
   * future completes.
   *
   * @param epoch under which the node holds attempts; 0 for none
   */
  CompletableFuture<LiveNode> join(
      NodeProfile profile, long epoch, Set<AttemptToken> holding, Session session) {
    PartitionRequests requests;
    long leadership;
    lock.lock();
    try {
      requests = partition;
      leadership = leaderships;
      if (requests == null || stopped) {
        return CompletableFuture.failedFuture(
            new Refusal(Refusal.Code.NOT_READY, stopped ? "stopping" : "still starting"));
      }
      if (live.size() + joining.size() >= settings.limits().nodes()) {
        return CompletableFuture.failedFuture(
            new Refusal(Refusal.Code.BUSY, "too many nodes are connected"));
      }
      joining.put(profile.id(), profile);
    } finally {
      lock.unlock();
    }
    return requests
        .transact(view -> register.join(view, profile, epoch))
        .thenCompose(joined ->
            NodeRegister.settle(requests, joined, holding)
                .thenApply(kept -> install(joined, kept, session, leadership)))
        .whenComplete((_, _) -> forgetJoining(profile));
  }

  private void forgetJoining(NodeProfile profile) {
    lock.lock();
    try {
      joining.remove(profile.id(), profile);
    } finally {
      lock.unlock();
    }
  }

  private LiveNode install(
      NodeRegister.Joined joined, Set<AttemptToken> kept, Session session, long leadership) {
    NodeRows.Row row = joined.row();
    LiveNode node =
        new LiveNode(row.profile(), row.epoch(), row.admission(), row.joinedAt(), session);
    LiveNode former;
    lock.lock();
    try {
      if (leadership != leaderships) {
        throw new Refusal(Refusal.Code.NOT_READY, "this coordinator leads no more");
      }
      former = live.get(node.id());
      if (former != null && former.epoch > node.epoch) {
        throw new Refusal(Refusal.Code.WRONG_STATE, "a later session of this node has begun");
      }
      node.takeOver(kept, former);
      absent.forget(node.id());
      // Takes nothing before its welcome is on the way.
      node.suspect = true;
      live.put(node.id(), node);
      order = List.copyOf(live.values());
    } finally {
      lock.unlock();
    }
    if (former != null) {
      former.session.replaced(joined.resumed());
    }
    LOG.info(
        "Node {} {} under epoch {} with {} slots and {} attempts",
        node.id(),
        joined.resumed() ? "goes on" : "joined",
        node.epoch,
        node.slots(),
        kept.size());
    return node;
  }

  /** The welcome of a node is on its way: it can take attempts. */
  void opened(LiveNode node) {
    suspect(node, false);
    capacityChanged();
  }

  /**
   * The connection of a node broke. It may be back in a moment and keeps what it has until then.
   */
  void disconnected(LiveNode node, String reason) {
    if (settings.reconnectWithin().isZero()) {
      gone(node, NodeStatus.LOST, reason);
      return;
    }
    lock.lock();
    try {
      node.suspect = true;
      node.disconnected = reason;
      node.goneAt = clock.nanos() + settings.reconnectWithin().toNanos();
    } finally {
      lock.unlock();
    }
  }

  /** The session of a node has ended; what it held goes back. */
  void gone(LiveNode node, NodeStatus status, String reason) {
    lock.lock();
    try {
      if (!live.remove(node.id(), node)) {
        return;
      }
      order = List.copyOf(live.values());
      KnownNode last = node.known();
      absent.add(
          new KnownNode(
              last.profile(), last.epoch(), status, last.admission(), 0, last.joinedAt()));
    } finally {
      lock.unlock();
    }
    if (stopped) {
      return;
    }
    LOG.info("Node {} is {} (epoch {}): {}", node.id(), status.word(), node.epoch, reason);
    PartitionRequests requests = partition;
    if (requests == null) {
      return;
    }
    requests.sessionLost(
        node.id(), node.epoch, "node " + node.id() + " is " + status.word() + ": " + reason);
    register.recordDeparture(requests, node.id(), node.epoch, status, reason, this::isOver);
  }

  /**
   * Frees the slot of an attempt.
   *
   * @param refused whether the node would not take it: it is left alone for a while then
   * @return false when the node does not hold it, and then its report counts for nothing
   */
  boolean reported(LiveNode node, AttemptToken token, boolean refused) {
    lock.lock();
    try {
      if (node.held.remove(token) == null) {
        unheldReports.increment();
        LOG.debug("Node {} reported an attempt that it does not hold: {}", node.id(), token);
        return false;
      }
      if (refused) {
        node.refusing = true;
        node.refusingUntil = clock.nanos() + settings.refusalPause().toNanos();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Nullable HeldAttempt held(LiveNode node, AttemptToken token) {
    lock.lock();
    try {
      return node.held.get(token);
    } finally {
      lock.unlock();
    }
  }

  void slots(LiveNode node, int slots) {
    lock.lock();
    try {
      node.profile = node.profile.withSlots(slots);
    } finally {
      lock.unlock();
    }
    capacityChanged();
  }

  void leaving(LiveNode node) {
    locked(() -> node.leaving = true);
  }

  void suspect(LiveNode node, boolean suspect) {
    boolean back;
    lock.lock();
    try {
      back = node.suspect && !suspect;
      node.suspect = suspect;
    } finally {
      lock.unlock();
    }
    if (back) {
      capacityChanged();
    }
  }

  /** Lets nodes that refused something try again, and gives up those that did not come back. */
  void tick(long now) {
    boolean back = false;
    List<LiveNode> gone = new ArrayList<>();
    List<NodeRows.Row> missed;
    lock.lock();
    try {
      for (LiveNode node : order) {
        if (node.refusing && now - node.refusingUntil >= 0) {
          node.refusing = false;
          back = true;
        }
        if (node.disconnected != null && now - node.goneAt >= 0) {
          gone.add(node);
        }
      }
      missed = absent.overdue(now);
    } finally {
      lock.unlock();
    }
    gone.forEach(node -> gone(node, NodeStatus.LOST, String.valueOf(node.disconnected)));
    missed.forEach(this::missed);
    if (back) {
      capacityChanged();
    }
  }

  /** Nothing can be recorded any more, and need not be. */
  private boolean isOver() {
    return stopped || partition == null;
  }

  /** A node of the former leader did not come back. */
  private void missed(NodeRows.Row row) {
    String reason = "it did not come back after the leadership changed";
    LOG.info("Node {} is lost (epoch {}): {}", row.profile().id(), row.epoch(), reason);
    PartitionRequests requests = partition;
    if (requests != null) {
      requests.sessionLost(row.profile().id(), row.epoch(), reason);
      register.recordDeparture(
          requests, row.profile().id(), row.epoch(), NodeStatus.LOST, reason, this::isOver);
    }
  }

  void forward(Command report, String execution) {
    PartitionRequests requests = partition;
    if (requests != null) {
      requests.report(report, execution);
    }
  }

  /** Tasks that wait may find a place now. */
  void capacityChanged() {
    PartitionRequests requests = partition;
    if (requests != null) {
      requests.slotsFreed();
    }
  }

  private PartitionRequests requests() {
    PartitionRequests requests = partition;
    if (requests == null) {
      throw new Refusal(Refusal.Code.NOT_READY, "the coordinator is still starting");
    }
    return requests;
  }

  private @Nullable LiveNode find(String id, long epoch) {
    LiveNode node = live.get(id);
    return node != null && node.epoch == epoch ? node : null;
  }
}
