package dev.capstan.worker;

import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Reports;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.Following.Welcomed;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.Token;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker has to do with its cluster: the attempts that it runs, their reports, and the
 * {@link Lease} that it holds them under. There is a {@link Connection} to every coordinator; the
 * one that leads dispatches and gets the reports, and when another one leads, attempts go on and
 * report there; see {@link Following}. An attempt of anybody else is refused, not dropped, since
 * whoever sent it counts it as held until it hears of it.
 *
 * <p><b>What is held.</b> A leader knows what a hello has listed. What the node began after that
 * hello, for another leader, was taken back as lost on the way; so it is stopped when the welcome
 * comes. Whoever leads and what was begun for it change under one lock, that of {@link Following}.
 *
 * <p>Short work of gRPC's threads: a dispatch starts a virtual thread, or, for {@code
 * capstan:noop}, is answered at once. Everything that goes out goes through the {@link Outbox}.
 */
final class Session {

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  /**
   * Reports are remembered for so many silences: as long as it takes to notice that a coordinator
   * is gone and to hear of the next.
   */
  private static final long SILENCES_REMEMBERED = 4;

  private final Node node;
  private final int partition;
  private final IntConsumer partitions;
  private final Outbox outbox;
  private final Following following;
  private final LeaseWatch lease;
  private final OwnSlots slots;
  private final Announcements announcements;
  private final Reporting reporting;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final Map<Token, RunningAttempt> attempts = new ConcurrentHashMap<>();

  /** What {@link #awaitReported} and {@link #close} wait for has perhaps happened. */
  private final Changes changes = new Changes();

  private volatile long epoch;

  /**
   * @param partition of the cluster's state
   * @param partitions hears how many there are; any thread
   */
  Session(Node node, int partition, IntConsumer partitions) {
    this.node = node;
    this.partition = partition;
    this.partitions = partitions;
    this.outbox = new Outbox(node.clock(), changes::tell);
    this.following = new Following(outbox);
    this.lease = new LeaseWatch(node, following, connections, this::leaseOver);
    this.slots = new OwnSlots(node.slots());
    this.announcements = new Announcements(node.slots(), slots, outbox);
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

  Announcements announcements() {
    return announcements;
  }

  boolean leaving() {
    return announcements.leaving();
  }

  List<Connection> connections() {
    return connections;
  }

  /** How long a coordinator that begins to lead waits for this node; for ever if nobody said. */
  long returnsWithin() {
    return lease.returnsWithin();
  }

  void returnsWithin(long nanos) {
    lease.returnsWithin(nanos);
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
        holding -> {
          Introduction present = Introduction.of(node);
          stream.introduced(present);
          return Wire.hello(node.options(), present, holding, epoch, answers);
        });
  }

  /**
   * A coordinator leads and asks what the node holds. From then on nothing is taken from those of
   * earlier terms, who can commit nothing any more.
   *
   * @return false if a later leader is known
   */
  boolean asked(Link stream, Leads leads) {
    if (!following.asked(leads.getTerm())) {
      return false;
    }
    outbox.flush();
    greet(stream, leads.getNumber());
    return true;
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
    List<RunningAttempt> unlisted = new ArrayList<>();
    long rememberNanos = SILENCES_REMEMBERED * leaseNanos;
    Runnable followed = () -> unlisted.addAll(followed(stream, welcome, released, rememberNanos));
    Welcomed answer = following.welcomed(by, stream, welcome.getTerm(), followed);
    if (answer != Welcomed.FOLLOWS) {
      return answer == Welcomed.STREAM_OVER;
    }
    lease.grant(leaseNanos);
    released.forEach(token -> stop(token, RunningAttempt.Stop.RELEASED));
    unlisted.forEach(attempt -> attempt.stop(RunningAttempt.Stop.UNLISTED));
    outbox.flush();
    announcements.tellElsewhere();
    changes.tell();
    return true;
  }

  /**
   * Everything goes over this stream from now on. Under the lock of who is followed.
   *
   * @return the attempts that the hello over it did not list
   */
  private List<RunningAttempt> followed(
      Link stream, Welcome welcome, Set<Token> released, long rememberNanos) {
    reporting.maxBytes(welcome.getMaxResultBytes());
    epoch = welcome.getEpoch();
    slots.toldAnew(() -> outbox.welcome(stream, released, rememberNanos));
    // Before anybody can see that there is a stream, and end it because nothing is left to say.
    announcements.sayLeaving();
    announcements.sayWhatIsNew(stream.introduction(), Introduction.of(node));
    return attempts.values().stream()
        .filter(attempt -> !stream.listed().contains(attempt.token()))
        .toList();
  }

  /** A coordinator leads no more, or never did. */
  void standsBy(Link stream) {
    following.standsBy(stream);
    outbox.flush();
    changes.tell();
  }

  /** A stream is gone. */
  void broken(Link stream) {
    boolean led = following.broken(stream);
    outbox.flush();
    changes.tell();
    if (led) {
      lease.askWhoLeads();
    }
  }

  /** What the coordinator that this node follows calls itself; empty for none. */
  String leader() {
    return following.leader();
  }

  /** A coordinator does not want this node. */
  void rejected(Connection connection) {
    if (connection == following.last() || connections.size() == 1) {
      stopAll(RunningAttempt.Stop.REJECTED);
    }
  }

  private void stopAll(RunningAttempt.Stop why) {
    attempts.values().forEach(attempt -> attempt.stop(why));
  }

  /** No coordinator that leads was heard of for so long that nothing may go on. */
  private void leaseOver(long withoutLeaderNanos) {
    List<RunningAttempt> running =
        attempts.values().stream().filter(attempt -> !attempt.cancelled()).toList();
    if (running.isEmpty()) {
      return;
    }
    LOG.warn(
        "No coordinator that leads was heard of for {} ms: the {} attempts of this node are stopped, since others may have them by now",
        TimeUnit.NANOSECONDS.toMillis(withoutLeaderNanos),
        running.size());
    running.forEach(attempt -> attempt.stop(RunningAttempt.Stop.LEASE_OVER));
  }

  /** Takes attempts from whoever leads; refuses those of anybody else, to his face. */
  void dispatched(Link from, List<Dispatch> dispatches) {
    List<Report> atOnce = new ArrayList<>(dispatches.size());
    List<Report> astray = new ArrayList<>();
    for (Dispatch dispatch : dispatches) {
      boolean leads = following.isLeading(from);
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
    if (leaving()) {
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
    return switch (following.ifLeading(from, () -> begin(attempt), Begin.LEADERSHIP_CHANGED)) {
      case BEGINS -> {
        node.environment().threads().start("attempt-" + assignment.token().execution(), attempt);
        yield null;
      }
      case HELD_ALREADY -> null;
      case NO_SLOT ->
          new Outcome.Refused("no free slot: all " + node.slots().size() + " are taken");
      case LEADERSHIP_CHANGED -> new Outcome.Refused("the leadership has changed");
    };
  }

  private enum Begin {
    BEGINS,
    HELD_ALREADY,
    NO_SLOT,
    LEADERSHIP_CHANGED
  }

  /** While whoever has sent it leads. */
  private Begin begin(RunningAttempt attempt) {
    if (attempts.containsKey(attempt.token())) {
      return Begin.HELD_ALREADY;
    }
    if (!slots.take()) {
      return Begin.NO_SLOT;
    }
    attempts.put(attempt.token(), attempt);
    return Begin.BEGINS;
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
    changes.tell();
  }

  /** An attempt is given up and goes on here; the leader hears first that it keeps its slot. */
  void abandoned(RunningAttempt attempt, Report report) {
    announcements.tellElsewhere();
    outbox.submit(List.of(report));
    attempts.remove(attempt.token());
    changes.tell();
  }

  /** An attempt that was given up has really ended. */
  void abandonedEnded() {
    slots.giveBackAbandoned();
    announcements.tellElsewhere();
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

  /**
   * Takes nothing more, and says so to whoever leads, now or later. All streams are kept: if the
   * leader goes, the next one gets the reports.
   */
  void leave(String why) {
    announcements.leaving(why);
    connections.forEach(Connection::leave);
    announcements.sayLeaving();
    outbox.flush();
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
      Link open = following.stream();
      if (open != null) {
        outbox.complete(open);
        settled = open.awaitEnd(endNanos - System.nanoTime());
        lost = !settled;
      } else if (isRejected() || (!lost && outbox.backlog() == 0)) {
        settled = true;
      } else {
        boolean _ = changes.await(() -> following.stream() != null || isRejected(), endNanos);
      }
    }
    connections.forEach(Connection::close);
    lease.end();
  }
}
