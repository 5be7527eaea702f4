package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.placement.Demand;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All nodes of a coordinator: those with a session, in the {@link SlotAccount}, and their rows, in
 * the {@link NodeRegister}. Sessions, and whoever looks after nodes, turn to it; the partition has
 * its {@link #board}. Safe for any thread where nothing else is said, and no call waits.
 *
 * <p>A node is here from the commit of its join to the commit of its departure. Both are decided by
 * the partition, each in one step with what becomes of the attempts, so that whichever comes first
 * decides for the other: a node that has joined again is not lost by what its former stream came
 * to, and one that is lost can't go on with attempts that others have.
 */
public final class NodeDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);

  private final NodeSettings settings;
  private final NodeRegister register;
  private final SlotAccount account;
  private final Admittance admittance;
  private final NodeControl control;
  private final @Nullable StandingOrders orders;
  private final StaleReports stale;
  private final Findings findings;
  private final LedPartition partition = new LedPartition();
  private final Returns returns = new Returns();
  private final DispatchBoard board;
  private final Departures departures;
  private final Inquiries inquiries;
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
    this.register = new NodeRegister(settings.remembered(), admittance, orders);
    this.account = new SlotAccount(settings, clock);
    this.admittance = admittance;
    this.orders = orders;
    this.stale = new StaleReports(clock);
    this.control = new NodeControl(account, register, settings.limits(), partition::required);
    this.findings = new Findings(account, register, partition::capacityChanged);
    this.board = new DispatchBoard(account, partition, settings.limits());
    this.departures = new Departures(partition, account, register, admittance, returns, clock);
    this.inquiries = new Inquiries(settings, partition, account, returns);
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
    partition.begin(leadsIn, requests);
    if (doubts) {
      reminder.accept(Duration.ZERO);
    }
  }

  /** Takes no nodes any more: another coordinator does. On the partition's thread. */
  void follow() {
    partition.end();
    account.clear();
    returns.settleAll();
  }

  /** Whether nodes can join here. */
  boolean leads() {
    return partition.isLed();
  }

  /** The term of the present leadership, or of the last one. */
  long term() {
    return partition.term();
  }

  /** What the partition does with these nodes. */
  public NodeBoard board() {
    return board;
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
    return inquiries.probe(id);
  }

  /**
   * Completes when a node has joined and can take attempts, or is lost, or after this time. Fails
   * with a refusal when this coordinator leads no more.
   */
  public CompletableFuture<Void> settled(String id, Duration atMost) {
    return inquiries.settled(id, atMost);
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
    partition.stop();
  }

  /**
   * Commits a join, or lets a node that was not lost go on; the node is in the directory when the
   * future completes.
   *
   * @param epoch under which the node holds attempts; 0 for none
   */
  CompletableFuture<LiveNode> join(
      NodeProfile profile, long epoch, Set<AttemptToken> holding, Session session) {
    PartitionRequests requests = partition.requests();
    boolean stopped = partition.isStopped();
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
    departures.gone(node, status, reason);
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
    PartitionRequests requests = partition.requests();
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
    PartitionRequests requests = partition.requests();
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
    PartitionRequests requests = partition.requests();
    if (requests != null) {
      control.tick(requests);
      findings.tick(requests);
    }
    Presence.Due due = account.due(now);
    due.gone().forEach(node -> gone(node, NodeStatus.LOST, String.valueOf(node.disconnected)));
    due.missed().forEach(departures::missed);
    if (due.back()) {
      capacityChanged();
    }
  }

  /** This process stood still for so long. */
  void stoodStill(long nanos) {
    account.stoodStill(nanos);
  }

  void forward(Command report, String execution) {
    partition.forward(report, execution);
  }

  /** Tasks that wait may find a place now. */
  void capacityChanged() {
    partition.capacityChanged();
  }
}
