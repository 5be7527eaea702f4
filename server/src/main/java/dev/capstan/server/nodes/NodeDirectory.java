package dev.capstan.server.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import dev.capstan.node.config.Payload;
import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.NodeBoard;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.Begun;
import dev.capstan.server.store.Store;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All nodes of a coordinator: those with a session, in the {@link SlotAccount}, and their rows, in
 * the {@link NodeRegister}.
 *
 * <p>A node is here from the commit of its join to the commit of its departure. Both are decided by
 * the partition, each in one step with what becomes of the attempts, so that whichever comes first
 * decides for the other: a node that has joined again is not lost by what its former stream came
 * to, and one that is lost can't go on with attempts that others have.
 */
public final class NodeDirectory implements NodeBoard {
  private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);

  /**
   * A probe waits for so many times as long as nodes may take to come back: they are given up long
   * before, unless that can't be made durable.
   */
  private static final long RETURNS_AWAITED = 4;

  private final NodeSettings settings;
  private final DispatchMessages messages;
  private final NodeRegister register;
  private final SlotAccount account;
  private final Admittance admittance;
  private final NodeControl control;
  private final @Nullable StandingOrders orders;
  private final StaleReports stale;
  private final UnrecordedDepartures unrecorded;
  private final Findings findings;
  private final Returns returns = new Returns();
  private volatile @Nullable PartitionRequests partition;
  private volatile long term;
  private volatile boolean stopped;
  private volatile Consumer<Duration> reminder = _ -> {};

  /** A directory that knows no node. {@link #lead} must follow. */
  public NodeDirectory(NodeSettings settings, Admittance admittance, Clock clock) {
    this(settings, admittance, clock, null);
  }

  /**
   * The same for a partition that does not keep what operators say of nodes.
   *
   * @param orders where that is kept; null where it is kept here
   */
  public NodeDirectory(
      NodeSettings settings, Admittance admittance, Clock clock, @Nullable StandingOrders orders) {
    this.settings = settings;
    this.messages = new DispatchMessages(new Payload(settings.limits()));
    this.register = new NodeRegister(settings.remembered(), admittance, orders);
    this.account = new SlotAccount(settings, clock);
    this.admittance = admittance;
    this.stale = new StaleReports(clock);
    this.unrecorded = new UnrecordedDepartures(clock);
    this.control = new NodeControl(account, register, settings.limits(), this::requests);
    this.findings = new Findings(account, register, this::capacityChanged);
    this.orders = orders;
    if (orders != null) {
      orders.onChange(this::ordered);
    }
  }

  /**
   * Has what is due soon looked at in time, and not only with the next regular look: a killed
   * worker's tasks wait for it.
   *
   * @param calls calls {@link WorkerSessionService#tick} once after so long, in a thread of its own
   */
  void remindBy(Consumer<Duration> calls) {
    reminder = calls;
  }

  /**
   * Nodes may have been put out: they get nothing new, also before their sessions end. On the
   * thread that applies; returns at once.
   */
  public void recheck() {
    account.expel(admittance::isEvicted);
  }

  private void ordered() {
    if (orders != null) {
      account.ordered(orders);
      capacityChanged();
    }
  }

  /**
   * Begins to take nodes; those in the store are remembered, and those that the former leader had
   * may come back and go on. On the partition's thread.
   */
  void lead(long leadsIn, PartitionRequests requests, Store store) {
    List<NodeRows.Row> stored = NodeRows.readAll(store);
    boolean doubts = account.begin(leadsIn, stored, register.begin(stored));
    term = leadsIn;
    partition = requests;
    if (doubts) {
      reminder.accept(Duration.ZERO);
    }
  }

  /** Takes no nodes any more: another coordinator does. On the partition's thread. */
  void follow() {
    partition = null;
    account.clear();
    returns.settleAll();
  }

  /** Whether nodes can join here. */
  boolean leads() {
    return partition != null;
  }

  /** The term of the present leadership, or of the last one. */
  long term() {
    return term;
  }

  @Override
  public @Nullable Place reserve(Demand demand, Peers peers) {
    return account.reserve(demand, peers);
  }

  @Override
  public boolean hasRoom(Demand demand) {
    return account.hasRoom(demand);
  }

  @Override
  public void release(Place place) {
    if (account.release(place)) {
      capacityChanged();
    }
  }

  @Override
  public void dispatch(List<Effect.Dispatch> dispatches) {
    SlotAccount.Assigned assigned = account.assign(dispatches);
    assigned
        .byNode()
        .forEach((node, all) -> node.session.dispatch(all.stream().map(messages::of).toList()));
    for (Effect.Dispatch dispatch : assigned.homeless()) {
      String reason = "node " + dispatch.node() + " was gone before it got it";
      forward(new Command.ReportReturned(dispatch.token(), reason), dispatch.token().execution());
    }
  }

  @Override
  public void confirm(AttemptToken token, String node, long number) {
    LiveNode holder = account.holder(node, token);
    if (holder != null) {
      holder.session.confirm(token, number);
    }
  }

  @Override
  public void cancel(AttemptToken token, String node) {
    LiveNode holder = account.holder(node, token);
    if (holder != null) {
      holder.session.cancel(token);
    }
  }

  @Override
  public boolean isAlive(String node, long epoch) {
    return account.isAlive(node, epoch);
  }

  @Override
  public String whyWaiting(String kind, JsonNode metadata) {
    return account.whyWaiting(Demand.of(kind, metadata));
  }

  /**
   * Why a task is on a node, as a sentence.
   *
   * @param again whether it may have run there before and waited for that node
   */
  public String whyThere(String id, Demand demand, boolean again) {
    return account.whyThere(id, demand, again);
  }

  /** How far an attempt says it is; null when it has said nothing. */
  public @Nullable AttemptProgress progress(String node, AttemptToken token) {
    LiveNode holder = account.holder(node, token);
    HeldAttempt attempt = holder == null ? null : account.held(holder, token);
    return attempt == null ? null : attempt.progress;
  }

  /** All nodes that are connected or remembered, by id. */
  public List<KnownNode> nodes() {
    return account.nodes();
  }

  /**
   * Asks a node, now, whether it is there. Completes with its answer, or without one after as long
   * a silence as makes it lost, or at once where it is gone. One that has no connection and may
   * come back, as after a change of the leadership, is waited for until it is back and has
   * answered, or is lost. Fails with a refusal when there is no such node, or when this coordinator
   * leads no more.
   */
  public CompletableFuture<NodeProbe> probe(String id) {
    known(id);
    CompletableFuture<Void> settled = returns.of(id);
    if (!account.mayComeBack(id)) {
      settled.complete(null);
    }
    return settled
        .completeOnTimeout(null, RETURNS_AWAITED * settings.returnNanos(), TimeUnit.NANOSECONDS)
        .thenCompose(_ -> ask(id));
  }

  /**
   * Completes when a node has joined and can take attempts, or is lost, or after this time. Fails
   * with a refusal when this coordinator leads no more.
   */
  public CompletableFuture<Void> settled(String id, Duration atMost) {
    CompletableFuture<Void> settled = returns.of(id);
    LiveNode node = account.live(id);
    if (!leads() || (node != null && node.disconnected == null && !node.suspect)) {
      settled.complete(null);
    }
    return settled
        .completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS)
        .thenAccept(_ -> requireLeading());
  }

  private void requireLeading() {
    if (!leads()) {
      throw Presence.leadsNoMore();
    }
  }

  private CompletableFuture<NodeProbe> ask(String id) {
    LiveNode node = account.live(id);
    if (node == null) {
      return CompletableFuture.completedFuture(probed(id, null, null));
    }
    CompletableFuture<@Nullable Long> round =
        node.session
            .probe()
            .<@Nullable Long>thenApply(nanos -> nanos)
            .completeOnTimeout(null, settings.silenceNanos(), TimeUnit.NANOSECONDS);
    return round.thenApply(nanos -> probed(id, nanos, node.session.silentNanos()));
  }

  private NodeProbe probed(String id, @Nullable Long roundNanos, @Nullable Long silentNanos) {
    return new NodeProbe(
        known(id),
        roundNanos == null ? null : Duration.ofNanos(roundNanos),
        silentNanos == null ? null : Duration.ofNanos(silentNanos),
        Duration.ofNanos(settings.silenceNanos()));
  }

  private KnownNode known(String id) {
    requireLeading();
    return nodes().stream()
        .filter(node -> node.profile().id().equals(id))
        .findFirst()
        .orElseThrow(() -> NodeRegister.unknown(id));
  }

  /** How many nodes are connected. */
  public int connected() {
    return account.connected();
  }

  /** How many attempts nodes spoke of that they did not hold. */
  public long unheldReports() {
    return stale.count();
  }

  /** What operators can do with nodes. */
  public NodeControl control() {
    return control;
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
    PartitionRequests requests = partition;
    if (requests == null || stopped) {
      return CompletableFuture.failedFuture(
          new Refusal(Refusal.Code.NOT_READY, stopped ? "stopping" : "still starting"));
    }
    Presence.Joining join;
    try {
      join = account.joins(profile);
    } catch (Refusal full) {
      return CompletableFuture.failedFuture(full);
    }
    return requests
        .sessionBegins(
            profile.id(),
            holding,
            view -> {
              if (!account.isCurrent(join)) {
                throw Presence.leadsNoMore();
              }
              return register.join(view, profile, epoch);
            })
        .thenApply(begun -> install(join, begun, session))
        .whenComplete((_, _) -> account.joined(join));
  }

  private LiveNode install(
      Presence.Joining join, Begun<NodeRegister.Joined> begun, Session session) {
    NodeRegister.Joined joined = begun.joined();
    LiveNode node = new LiveNode(joined.row(), joined.incarnation(), join.term, session);
    node.expelled = admittance.isEvicted(node.id());
    LiveNode former = account.install(join, node, begun.kept());
    // They may have changed since its join was decided.
    ordered();
    if (former != null) {
      former.session.replaced(joined.resumed());
    }
    LOG.info(
        "Node {} {} under epoch {} with {} slots and {} attempts",
        node.id(),
        joined.resumed() ? "goes on" : "joined",
        node.epoch,
        node.slots(),
        begun.kept().size());
    return node;
  }

  /** The node if it is connected. */
  @Nullable LiveNode live(String id) {
    return account.live(id);
  }

  /** The welcome of a node is on its way: it can take attempts. */
  void opened(LiveNode node) {
    suspect(node, false);
    returns.settle(node.id());
    capacityChanged();
  }

  /**
   * The connection of a node broke. It may be back in a moment and keeps what it has until then.
   */
  void disconnected(LiveNode node, String reason) {
    account.disconnected(node, reason);
    if (settings.reconnectWithin().isZero()) {
      gone(node, NodeStatus.LOST, reason);
    } else {
      reminder.accept(settings.reconnectWithin());
    }
  }

  /** A node has said hello over one of its streams, whether this coordinator leads or not. */
  void spoke(String node, long stream) {
    account.spoke(node, stream);
  }

  /**
   * A stream of a node is gone, whether this coordinator leads or not; told once or more.
   *
   * @param sign what that says of the node if it has no other; null for nothing
   */
  void went(String node, long stream, Attendance.@Nullable Sign sign) {
    if (account.went(node, stream, sign)) {
      reminder.accept(settings.reconnectWithin());
    }
  }

  /** The leader of another partition has lost a node, or has it. Any thread; returns at once. */
  void elsewhere(String node, boolean lost) {
    if (!lost) {
      account.foundElsewhere(node);
    } else if (account.lostElsewhere(node)) {
      reminder.accept(Duration.ZERO);
    }
  }

  /**
   * The session of a node ends and is to go on over another connection, for which it gets as long
   * as silence may last.
   */
  void moves(LiveNode node, String reason) {
    account.moves(node, reason);
  }

  /** The session of a node has ended; what it held goes back, unless it joins again before that. */
  void gone(LiveNode node, NodeStatus status, String reason) {
    PartitionRequests requests = partition;
    if (stopped || requests == null || !account.departs(node)) {
      return;
    }
    CompletableFuture<Long> _ =
        requests
            .sessionEnds(
                node.id(),
                "node " + node.id() + " is " + status.word() + ": " + reason,
                admittance.isEvicted(node.id()),
                view ->
                    register.depart(view, node.id(), node.epoch, node.incarnation, status, reason))
            .whenComplete((ended, failure) -> departed(node, status, reason, ended, failure));
  }

  private void departed(
      LiveNode node,
      NodeStatus status,
      String reason,
      @Nullable Long ended,
      @Nullable Throwable failure) {
    if (ended != null && ended != 0) {
      account.departed(node, status);
      returns.settle(node.id());
      LOG.info("Node {} is {} (epoch {}): {}", node.id(), status.word(), node.epoch, reason);
    } else {
      account.disconnected(node, reason);
      tellFailure(node.id(), failure);
    }
  }

  /** A node of the former leader did not come back. */
  private void missed(AbsentNodes.Awaited node) {
    PartitionRequests requests = partition;
    if (requests == null) {
      return;
    }
    String reason = node.reason();
    LOG.info("Node {} is lost (epoch {}): {}", node.id(), node.row().epoch(), reason);
    CompletableFuture<Long> _ =
        requests
            .sessionEnds(
                node.id(),
                reason,
                admittance.isEvicted(node.id()),
                view ->
                    register.depart(
                        view,
                        node.id(),
                        node.row().epoch(),
                        node.incarnation(),
                        NodeStatus.LOST,
                        reason))
            .whenComplete((ended, failure) -> missed(node.id(), ended, failure));
  }

  private void missed(String id, @Nullable Long ended, @Nullable Throwable failure) {
    if (ended != null && ended != 0) {
      account.missed(id);
      returns.settle(id);
    }
    tellFailure(id, failure);
  }

  private void tellFailure(String id, @Nullable Throwable failure) {
    if (failure != null) {
      unrecorded.add(id, failure, stopped || partition == null);
    }
  }

  /**
   * Frees the slot of an attempt.
   *
   * @param refused whether the node would not take it: it is left alone for a while then
   * @return false when the node does not hold it, and then its report counts for nothing
   */
  boolean reported(LiveNode node, AttemptToken token, boolean refused) {
    return account.reported(node, token, refused);
  }

  /**
   * Frees the slot of an attempt whose result has been taken in another way than over its session.
   */
  public void settle(String id, AttemptToken token) {
    LiveNode node = account.live(id);
    if (node != null && account.reported(node, token, false)) {
      capacityChanged();
    }
  }

  /** A node says something of attempts that are not its own, or no longer. */
  void stale(LiveNode node, Collection<AttemptToken> tokens) {
    PartitionRequests requests = partition;
    if (requests != null) {
      stale.refused(requests, node.id(), tokens);
    }
  }

  @Nullable HeldAttempt held(LiveNode node, AttemptToken token) {
    return account.held(node, token);
  }

  /**
   * @param elsewhere how many of them are taken by what the node runs for other partitions, and by
   *     what it has given up and which has not ended yet
   */
  void slots(LiveNode node, int slots, int elsewhere) {
    account.slots(node, slots, elsewhere);
    capacityChanged();
  }

  /** A node found more or less on itself than it had said; stored before it counts. */
  void changed(LiveNode node, NodeCapabilities capabilities) {
    PartitionRequests requests = partition;
    if (requests != null) {
      findings.said(node, capabilities, requests);
    }
  }

  void leaving(LiveNode node) {
    account.leaving(node);
  }

  void suspect(LiveNode node, boolean suspect) {
    if (account.suspect(node, suspect)) {
      capacityChanged();
    }
  }

  /**
   * Lets nodes that refused something try again, gives up those that did not come back, and stores
   * what could not be stored before.
   */
  void tick(long now) {
    PartitionRequests requests = partition;
    if (requests != null) {
      control.tick(requests);
      findings.tick(requests);
    }
    Presence.Due due = account.due(now);
    due.gone().forEach(node -> gone(node, NodeStatus.LOST, String.valueOf(node.disconnected)));
    due.missed().forEach(this::missed);
    if (due.back()) {
      capacityChanged();
    }
  }

  /** This process stood still for so long. */
  void stoodStill(long nanos) {
    account.stoodStill(nanos);
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
}
