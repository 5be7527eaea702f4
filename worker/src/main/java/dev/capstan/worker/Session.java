package dev.capstan.worker;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.Leave;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Reports;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.Token;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker has to do with its cluster: the attempts that it runs, their reports, and the
 * {@link Lease} that it holds them under. There is a {@link Connection} to every coordinator; the
 * one that leads dispatches and gets the reports, and when another one leads, attempts go on and
 * report there.
 *
 * <p><b>Who leads.</b> Two coordinators may take themselves for the leader for a moment, and what
 * each of them said may arrive late. So each leadership has a term: the node follows whoever has
 * welcomed it in the highest one that it has heard of, whatever others say. An attempt of anybody
 * else is refused, not dropped, since whoever sent it counts it as held until it hears of it. When
 * no leader was heard of for a lease, terms are forgotten: the cluster may have begun anew.
 *
 * <p><b>What is held.</b> A leader knows what a hello has listed. What the node began after that
 * hello, for another leader, was taken back as lost on the way; so it is stopped when the welcome
 * comes. Whoever leads and what was begun for it change under one lock.
 *
 * <p>Short work of gRPC's threads: a dispatch starts a virtual thread, or, for {@code
 * capstan:noop}, is answered at once. Everything that goes out goes through the {@link Outbox}.
 */
final class Session {

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  /** Looks at the lease this many times while it lasts. */
  private static final long LOOKS_A_LEASE = 8;

  /**
   * Reports are remembered for so many silences: as long as it takes to notice that a coordinator
   * is gone and to hear of the next.
   */
  private static final long SILENCES_REMEMBERED = 4;

  private final Node node;
  private final int partition;
  private final IntConsumer partitions;
  private final Outbox outbox;
  private final Lease lease;
  private final OwnSlots slots;
  private final Reporting reporting;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final Map<Token, RunningAttempt> attempts = new ConcurrentHashMap<>();

  /** Guards who leads, and the beginning of attempts. Nothing is written while it is held. */
  private final Object lock = new Object();

  /** What {@link #awaitReported} and {@link #close} wait for has perhaps happened. */
  private final Changes changes = new Changes();

  private @Nullable Leading leading;
  private long highestTerm;
  private volatile @Nullable Connection last;
  private volatile long epoch;
  private volatile long returnNanos = Long.MAX_VALUE;
  private volatile @Nullable String leaving;

  private @Nullable Future<?> watch;

  /** Whom the node follows, over which stream. */
  private record Leading(Connection by, Link over) {}

  /**
   * @param partition of the cluster's state
   * @param partitions hears how many there are; any thread
   */
  Session(Node node, int partition, IntConsumer partitions) {
    this.node = node;
    this.partition = partition;
    this.partitions = partitions;
    this.outbox = new Outbox(node.clock(), changes::tell);
    this.lease = new Lease(node.nanos());
    this.slots = new OwnSlots(node.slots());
    this.reporting = new Reporting(node.counters());
  }

  int partition() {
    return partition;
  }

  /** A coordinator has said how many partitions there are; 0 if it does not know of any. */
  void partitions(int count) {
    partitions.accept(count);
  }

  Outbox outbox() {
    return outbox;
  }

  long epoch() {
    return epoch;
  }

  Reporting reporting() {
    return reporting;
  }

  OwnSlots slots() {
    return slots;
  }

  boolean leaving() {
    return leaving != null;
  }

  List<Connection> connections() {
    return connections;
  }

  /** How long a coordinator that begins to lead waits for this node; for ever if nobody said. */
  long returnsWithin() {
    return returnNanos;
  }

  void returnsWithin(long nanos) {
    if (nanos > 0) {
      returnNanos = nanos;
    }
  }

  /** Opens a way to one more coordinator. */
  void attach(Channel channel) {
    Connection connection = new Connection(channel, node, this);
    connections.add(connection);
    connection.connect();
  }

  /** Gives up the way over a channel. */
  void detach(Channel channel) {
    List<Connection> given =
        connections.stream().filter(connection -> connection.leadsOver(channel)).toList();
    connections.removeAll(given);
    given.forEach(Connection::drop);
  }

  /**
   * Says hello over a stream.
   *
   * @param answers the number of the question; 0 for the first hello
   */
  void greet(Link stream, long answers) {
    outbox.greet(
        stream,
        List.copyOf(attempts.keySet()),
        holding ->
            Wire.hello(
                node.options(),
                node.slots().size(),
                node.findings().get(),
                holding,
                epoch,
                answers));
  }

  /**
   * A coordinator leads and asks what the node holds. From then on nothing is taken from those of
   * earlier terms, who can commit nothing any more.
   *
   * @return false if a later leader is known
   */
  boolean asked(Link stream, Leads leads) {
    synchronized (lock) {
      if (leads.getTerm() < highestTerm) {
        return false;
      }
      if (leads.getTerm() > highestTerm) {
        highestTerm = leads.getTerm();
        follow(null);
      }
    }
    outbox.flush();
    greet(stream, leads.getNumber());
    return true;
  }

  /** Under the lock; the outbox is to be flushed behind it. */
  private void follow(@Nullable Leading next) {
    Leading former = leading;
    leading = next;
    if (former != null && (next == null || next.over() != former.over())) {
      outbox.detach(former.over());
    }
  }

  /**
   * A coordinator that leads has compared what the hello over this stream listed with its rows.
   *
   * @return false if a later leader is known
   */
  boolean welcomed(Connection by, Link stream, Welcome welcome) {
    Set<Token> released = new HashSet<>();
    welcome.getReleasedList().forEach(token -> released.add(Wire.token(token)));
    long leaseNanos = by.silenceNanos();
    List<RunningAttempt> unlisted;
    synchronized (lock) {
      if (welcome.getTerm() < highestTerm) {
        return false;
      }
      if (stream.isOver()) {
        return true;
      }
      highestTerm = welcome.getTerm();
      reporting.maxBytes(welcome.getMaxResultBytes());
      epoch = welcome.getEpoch();
      follow(new Leading(by, stream));
      last = by;
      slots.toldAnew(() -> outbox.welcome(stream, released, SILENCES_REMEMBERED * leaseNanos));
      // Before anybody can see that there is a stream, and end it because nothing is left to say.
      sayLeaving();
      unlisted =
          attempts.values().stream()
              .filter(attempt -> !stream.listed().contains(attempt.token()))
              .toList();
    }
    grant(leaseNanos);
    released.forEach(token -> stop(token, RunningAttempt.Stop.RELEASED));
    unlisted.forEach(attempt -> attempt.stop(RunningAttempt.Stop.UNLISTED));
    outbox.flush();
    tellElsewhere();
    changes.tell();
    return true;
  }

  private synchronized void grant(long leaseNanos) {
    boolean same = watch != null && lease.nanos() == leaseNanos;
    lease.granted(
        node.nanos(), leaseNanos, returnNanos == Long.MAX_VALUE ? leaseNanos : returnNanos);
    if (same) {
      return;
    }
    unwatch();
    watch = node.repeat(this::lookAtLease, Math.max(1, leaseNanos / LOOKS_A_LEASE));
  }

  /** A coordinator leads no more, or never did. */
  void standsBy(Link stream) {
    synchronized (lock) {
      if (isLeading(stream)) {
        follow(null);
      }
    }
    outbox.flush();
    changes.tell();
  }

  /** A stream is gone. */
  void broken(Link stream) {
    boolean led;
    synchronized (lock) {
      led = isLeading(stream);
      if (led) {
        follow(null);
      } else {
        outbox.detach(stream);
      }
    }
    outbox.flush();
    changes.tell();
    if (led) {
      askWhoLeads();
    }
  }

  /** Under the lock. */
  private boolean isLeading(Link stream) {
    return leading != null && leading.over() == stream;
  }

  /** What the coordinator that this node follows calls itself; empty for none. */
  String leader() {
    synchronized (lock) {
      return leading == null ? "" : leading.by().coordinator();
    }
  }

  /** A coordinator does not want this node. */
  void rejected(Connection connection) {
    if (connection == last || connections.size() == 1) {
      stopAll(RunningAttempt.Stop.REJECTED);
    }
  }

  private void stopAll(RunningAttempt.Stop why) {
    attempts.values().forEach(attempt -> attempt.stop(why));
  }

  private void lookAtLease() {
    long now = node.nanos();
    Leading leader;
    synchronized (lock) {
      leader = leading;
    }
    if (leader != null && leader.over().silentNanos() <= lease.nanos()) {
      lease.led(now - leader.over().silentNanos());
      if (leader.over().silentNanos() > lease.nanos() / 2) {
        askWhoLeads();
      }
      return;
    }
    askWhoLeads();
    Connection former = last;
    if (!lease.isOver(now, former == null ? "" : former.coordinator(), told())) {
      return;
    }
    beginAnew(leader);
    List<RunningAttempt> running =
        attempts.values().stream().filter(attempt -> !attempt.cancelled()).toList();
    if (running.isEmpty()) {
      return;
    }
    LOG.warn(
        "No coordinator that leads was heard of for {} ms: the {} attempts of this node are stopped, since others may have them by now",
        TimeUnit.NANOSECONDS.toMillis(lease.withoutLeaderNanos(now)),
        running.size());
    running.forEach(attempt -> attempt.stop(RunningAttempt.Stop.LEASE_OVER));
  }

  /** Those that do not lead say little by themselves. */
  private void askWhoLeads() {
    if (lease.nanos() == 0) {
      return;
    }
    connections.forEach(each -> each.askIfSilent(lease.nanos() / 2, lease.nanos()));
  }

  /** Who takes himself for the leader, and is not the one that was silent, is asked once more. */
  private void beginAnew(@Nullable Leading silent) {
    synchronized (lock) {
      if (!Objects.equals(leading, silent)) {
        return;
      }
      highestTerm = 0;
    }
    connections.stream()
        .filter(each -> silent == null || each != silent.by())
        .forEach(Connection::beginAnew);
  }

  /** Whom the coordinators that do not lead this node, and are heard of, take for the leader. */
  private List<String> told() {
    return connections.stream()
        .filter(each -> each.phase() == Phase.STANDBY && each.silentNanos() <= lease.nanos())
        .map(Connection::leader)
        .toList();
  }

  /** Takes attempts from whoever leads; refuses those of anybody else, to his face. */
  void dispatched(Link from, List<Dispatch> dispatches) {
    List<Report> atOnce = new ArrayList<>(dispatches.size());
    List<Report> astray = new ArrayList<>();
    for (Dispatch dispatch : dispatches) {
      boolean leads;
      synchronized (lock) {
        leads = isLeading(from);
      }
      Outcome outcome =
          leads
              ? take(from, dispatch)
              : new Outcome.Refused("the node follows another leader: '" + leader() + "'");
      if (outcome != null) {
        (leads ? atOnce : astray).add(reporting.of(dispatch.getToken(), outcome));
      }
    }
    if (!atOnce.isEmpty()) {
      outbox.submit(atOnce);
    }
    if (!astray.isEmpty()) {
      from.send(
          WorkerMessage.newBuilder()
              .setReports(Reports.newBuilder().addAllReports(astray))
              .build());
    }
  }

  void cancelled(List<dev.capstan.api.v1.Token> tokens) {
    tokens.forEach(token -> stop(Wire.token(token), RunningAttempt.Stop.CANCELLED));
  }

  /** Starts the attempt, or says how it has ended already. */
  private @Nullable Outcome take(Link from, Dispatch dispatch) {
    if (leaving != null) {
      return new Outcome.Refused("the node is leaving");
    }
    Executor executor = node.executors().get(dispatch.getKind());
    if (executor == null) {
      return new Outcome.Refused(
          "this node does not run '"
              + dispatch.getKind()
              + "'; it runs "
              + String.join(", ", node.kinds()));
    }
    if (executor instanceof Noop) {
      return Noop.outcome(dispatch.getArguments().toByteArray());
    }
    Assignment assignment = Wire.assignment(dispatch);
    RunningAttempt attempt = new RunningAttempt(this, node, executor, assignment);
    synchronized (lock) {
      if (!isLeading(from)) {
        return new Outcome.Refused("the leadership has changed");
      }
      if (attempts.containsKey(assignment.token())) {
        return null;
      }
      if (!slots.take()) {
        return new Outcome.Refused("no free slot: all " + node.slots().size() + " are taken");
      }
      attempts.put(assignment.token(), attempt);
    }
    node.environment().threads().start("attempt-" + assignment.token().execution(), attempt);
    return null;
  }

  private void stop(Token token, RunningAttempt.Stop why) {
    RunningAttempt attempt = attempts.get(token);
    if (attempt != null) {
      attempt.stop(why);
    }
  }

  /**
   * An attempt has ended. It counts as held until its report is in the outbox, which holds it from
   * then on.
   */
  void ended(RunningAttempt attempt, @Nullable Report report) {
    if (report != null) {
      outbox.submit(List.of(report));
    }
    attempts.remove(attempt.token());
    slots.ended();
    changes.tell();
  }

  /** An attempt is given up and goes on here; the leader hears first that it keeps its slot. */
  void abandoned(RunningAttempt attempt, Report report) {
    tellElsewhere();
    outbox.submit(List.of(report));
    attempts.remove(attempt.token());
    changes.tell();
  }

  /** An attempt that was given up has really ended. */
  void abandonedEnded() {
    slots.abandonedEnded();
    tellElsewhere();
    changes.tell();
  }

  /** Waits until no attempt runs and no report waits for a leader to take it. */
  boolean awaitReported(long endNanos) throws InterruptedException {
    return changes.await(
        () -> attempts.isEmpty() && (outbox.backlog() == 0 || isRejected()), endNanos);
  }

  /** Whether no coordinator wants to hear anything of this node any more, and none ever will. */
  private boolean isRejected() {
    return connections.stream()
        .allMatch(each -> each.phase() == Phase.REJECTED || each.phase() == Phase.CLOSED);
  }

  /** Waits until no attempt runs that would be lost if it was handed back. */
  boolean awaitOnce(long endNanos) throws InterruptedException {
    return changes.await(
        () -> attempts.values().stream().noneMatch(RunningAttempt::isLostIfHandedBack), endNanos);
  }

  /** Waits until no attempt runs, not even one that was given up. */
  boolean awaitEnded(long endNanos) throws InterruptedException {
    return changes.await(() -> attempts.isEmpty() && slots.abandoned() == 0, endNanos);
  }

  /** Tells the coordinator how many attempts this node runs at a time from now on. */
  void slotsChanged() {
    slots.tell(true, this::saySlots);
    outbox.flush();
  }

  /**
   * Tells the coordinator how many slots are taken by what it does not count, if that changed: what
   * runs for other partitions, and what was given up.
   */
  void tellElsewhere() {
    slots.tell(false, this::saySlots);
    outbox.flush();
  }

  private void saySlots(int elsewhere) {
    outbox.say(
        WorkerMessage.newBuilder()
            .setSlots(
                SlotsChanged.newBuilder().setSlots(node.slots().size()).setElsewhere(elsewhere))
            .build());
  }

  /** Tells the coordinator what this node found on itself since it said hello. */
  void capabilitiesChanged(Capabilities capabilities) {
    outbox.say(WorkerMessage.newBuilder().setCapabilities(capabilities).build());
    outbox.flush();
  }

  /**
   * Takes nothing more, and says so to whoever leads, now or later. All streams are kept: if the
   * leader goes, the next one gets the reports.
   */
  void leave(String why) {
    leaving = why;
    connections.forEach(Connection::leave);
    sayLeaving();
    outbox.flush();
  }

  private void sayLeaving() {
    String why = leaving;
    if (why != null) {
      outbox.say(WorkerMessage.newBuilder().setLeave(Leave.newBuilder().setReason(why)).build());
    }
  }

  /** Stops what still runs and hands it back. */
  void handBack() {
    stopAll(RunningAttempt.Stop.LEAVING);
  }

  /** The same, but for what would be lost by that. */
  void handBackWhatMayRunAgain() {
    attempts.values().stream()
        .filter(attempt -> !attempt.isLostIfHandedBack())
        .forEach(attempt -> attempt.stop(RunningAttempt.Stop.LEAVING));
  }

  /**
   * Ends all streams; the one of the leader in order, so that it has read all reports. Where that
   * breaks, the next leader gets them, if there is one in time.
   */
  void close(long endNanos) throws InterruptedException {
    boolean settled = false;
    boolean lost = false;
    while (!settled && System.nanoTime() - endNanos < 0) {
      Link open = leadingLink();
      if (open != null) {
        outbox.complete(open);
        settled = open.awaitEnd(endNanos - System.nanoTime());
        lost = !settled;
      } else if (isRejected() || (!lost && outbox.backlog() == 0)) {
        settled = true;
      } else {
        boolean _ = changes.await(() -> leadingLink() != null || isRejected(), endNanos);
      }
    }
    connections.forEach(Connection::close);
    unwatch();
  }

  private synchronized void unwatch() {
    if (watch != null) {
      watch.cancel(false);
    }
  }

  private @Nullable Link leadingLink() {
    synchronized (lock) {
      return leading == null ? null : leading.over();
    }
  }
}
