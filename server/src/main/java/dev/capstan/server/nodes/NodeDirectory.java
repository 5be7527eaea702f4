package dev.capstan.server.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.UnsafeByteOperations;
import dev.capstan.api.v1.Dispatch;
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
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
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
  private final Payload payload;
  private final Clock clock;
  private final NodeRegister register;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, LiveNode> live = new TreeMap<>();
  private final Map<String, KnownNode> departed = new LinkedHashMap<>();
  private final Map<String, NodeProfile> joining = new LinkedHashMap<>();
  private final LongAdder unheldReports = new LongAdder();
  private List<LiveNode> order = List.of();
  private long turn;
  private volatile @Nullable PartitionRequests partition;
  private volatile boolean stopped;

  /** A directory that knows no node. {@link #open} must follow. */
  public NodeDirectory(NodeSettings settings, Clock clock) {
    this.settings = settings;
    this.payload = new Payload(settings.limits());
    this.clock = clock;
    this.register = new NodeRegister(settings.remembered());
  }

  /** Begins to take nodes; those in the store are remembered. */
  public void open(PartitionRequests requests, Store store) {
    List<KnownNode> stored =
        NodeRows.readAll(store).stream().map(NodeDirectory::remembered).toList();
    lock.lock();
    try {
      stored.forEach(node -> departed.put(node.profile().id(), node));
    } finally {
      lock.unlock();
    }
    partition = requests;
  }

  /**
   * A node whose row says that it is connected has lost its session with the process that wrote it.
   */
  private static KnownNode remembered(NodeRows.Row row) {
    return known(row.with(row.status() == NodeStatus.LEFT ? NodeStatus.LEFT : NodeStatus.LOST));
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
    byNode.forEach((node, all) -> node.session.dispatch(all.stream().map(this::message).toList()));
    for (Effect.Dispatch dispatch : homeless) {
      String reason = "node " + dispatch.node() + " was gone before it got it";
      forward(new Command.ReportReturned(dispatch.token(), reason), dispatch.token().execution());
    }
  }

  private Dispatch message(Effect.Dispatch dispatch) {
    Instant deadline = dispatch.deadline();
    return Dispatch.newBuilder()
        .setToken(ReportReader.token(dispatch.token()))
        .setKind(dispatch.kind())
        .setTaskName(dispatch.taskName())
        .setReference(dispatch.reference())
        .setArguments(UnsafeByteOperations.unsafeWrap(payload.write(dispatch.arguments())))
        .setIdempotencyKey(dispatch.idempotencyKey())
        .setDeadlineMillis(deadline == null ? 0 : deadline.toEpochMilli())
        .build();
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
    lock.lock();
    try {
      return find(node, epoch) != null;
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
      all.putAll(departed);
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
    lock.lock();
    try {
      return live.size();
    } finally {
      lock.unlock();
    }
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
          KnownNode changed = known(row);
          lock.lock();
          try {
            LiveNode node = live.get(id);
            if (node != null) {
              node.admission = admission;
              changed = node.known();
            } else {
              departed.replace(id, changed);
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
        throw inTheWay(id, "is joining", "Ask again when it has joined");
      }
      if (node != null && node.admission != Admission.DRAINING) {
        throw inTheWay(
            id,
            "is " + node.status().word() + " and takes tasks",
            "Drain it first: capstan nodes drain " + id);
      }
      if (node != null && node.running() > 0) {
        throw inTheWay(
            id,
            "drains and still runs " + node.running() + " tasks",
            "Wait until they have ended; capstan nodes show " + id + " tells");
      }
    } finally {
      lock.unlock();
    }
  }

  private static Refusal inTheWay(String id, String state, String hint) {
    return new Refusal(
        Refusal.Code.WRONG_STATE, "Node " + id + " can't be removed: it " + state, hint);
  }

  private void forget(String id) {
    LiveNode node;
    lock.lock();
    try {
      node = live.remove(id);
      departed.remove(id);
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
   * The coordinator stops, and with it all sessions. That is committed as one change; what ends
   * later is no longer recorded, and what the nodes hold goes back when a coordinator leads again.
   */
  CompletableFuture<Void> stop() {
    List<LiveNode> ended;
    lock.lock();
    try {
      stopped = true;
      ended = order;
    } finally {
      lock.unlock();
    }
    PartitionRequests requests = partition;
    if (requests == null || ended.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return requests
        .transact(view -> {
          ended.forEach(node ->
              register.depart(
                  view, node.id(), node.epoch, NodeStatus.LOST, "the coordinator stopped"));
          return ended.size();
        })
        .thenAccept(count -> LOG.info("The sessions of {} nodes have ended", count));
  }

  /** Commits a join; the node is in the directory when the future completes. */
  CompletableFuture<LiveNode> join(NodeProfile profile, Session session) {
    PartitionRequests requests = partition;
    lock.lock();
    try {
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
        .transact(view -> register.join(view, profile))
        .whenComplete((_, _) -> forgetJoining(profile))
        .thenApply(row -> install(row, session));
  }

  private void forgetJoining(NodeProfile profile) {
    lock.lock();
    try {
      joining.remove(profile.id(), profile);
    } finally {
      lock.unlock();
    }
  }

  private LiveNode install(NodeRows.Row row, Session session) {
    LiveNode node =
        new LiveNode(row.profile(), row.epoch(), row.admission(), row.joinedAt(), session);
    LiveNode former;
    lock.lock();
    try {
      former = live.get(node.id());
      if (former != null && former.epoch > node.epoch) {
        throw new Refusal(Refusal.Code.WRONG_STATE, "a later session of this node has begun");
      }
      // Takes nothing before its welcome is on the way.
      node.suspect = true;
      live.put(node.id(), node);
      departed.remove(node.id());
      order = List.copyOf(live.values());
    } finally {
      lock.unlock();
    }
    if (former != null) {
      requests()
          .sessionLost(
              former.id(), former.epoch, "another session of node " + former.id() + " began");
      former.session.replaced();
    }
    LOG.info("Node {} joined under epoch {} with {} slots", node.id(), node.epoch, node.slots());
    return node;
  }

  /** The welcome of a node is on its way: it can take attempts. */
  void opened(LiveNode node) {
    suspect(node, false);
    capacityChanged();
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
      departed.put(
          node.id(),
          new KnownNode(
              last.profile(), last.epoch(), status, last.admission(), 0, last.joinedAt()));
      if (departed.size() > settings.remembered()) {
        departed.remove(departed.keySet().iterator().next());
      }
    } finally {
      lock.unlock();
    }
    if (stopped) {
      return;
    }
    LOG.info("Node {} is {} (epoch {}): {}", node.id(), status.word(), node.epoch, reason);
    requests()
        .sessionLost(
            node.id(), node.epoch, "node " + node.id() + " is " + status.word() + ": " + reason);
    requests()
        .transact(view -> register.depart(view, node.id(), node.epoch, status, reason))
        .exceptionally(failure -> {
          String message = "The departure of node {} could not be recorded: {}";
          if (stopped) {
            LOG.debug(message, node.id(), failure.getMessage());
          } else {
            LOG.warn(message, node.id(), failure.getMessage());
          }
          return false;
        });
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
    lock.lock();
    try {
      node.leaving = true;
    } finally {
      lock.unlock();
    }
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

  /** Lets nodes that refused something try again. */
  void tick(long now) {
    boolean back = false;
    lock.lock();
    try {
      for (LiveNode node : order) {
        if (node.refusing && now - node.refusingUntil >= 0) {
          node.refusing = false;
          back = true;
        }
      }
    } finally {
      lock.unlock();
    }
    if (back) {
      capacityChanged();
    }
  }

  void forward(Command report, String execution) {
    requests().report(report, execution);
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

  private static KnownNode known(NodeRows.Row row) {
    return new KnownNode(
        row.profile(), row.epoch(), row.status(), row.admission(), 0, row.joinedAt());
  }
}
