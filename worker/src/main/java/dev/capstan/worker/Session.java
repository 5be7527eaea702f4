package dev.capstan.worker;

import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Leave;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.Token;
import io.grpc.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker has to do with its cluster: the attempts that it runs, their reports, and the lease
 * that it holds them under. There is a {@link Connection} to every coordinator; the one that leads
 * dispatches and gets the reports, and when another one leads, attempts go on and report there.
 *
 * <p>A lease lives as long as the leading coordinator is heard of. When it has run out, the cluster
 * may have given the attempts to another node, so they are stopped here: unless coordinators that
 * are heard of say that nobody leads, or another one, since then nobody can have taken them back
 * yet.
 *
 * <p>Short work of gRPC's threads: a dispatch starts a virtual thread, or, for {@code
 * capstan:noop}, is answered at once. Everything that goes out goes through the {@link Outbox}.
 */
final class Session {

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private static final long DEFAULT_MAX_RESULT_BYTES = 2L << 20;

  /** Looks at the lease this many times while it lasts. */
  private static final long LOOKS_A_LEASE = 8;

  /** After so many leases without a leader, whoever says otherwise, attempts are stopped. */
  private static final long LEASES_AT_MOST = 8;

  /**
   * Reports are remembered for so many silences: as long as it takes to notice that a coordinator
   * is gone and to hear of the next.
   */
  private static final long SILENCES_REMEMBERED = 4;

  private final Node node;
  private final Outbox outbox = new Outbox();
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final Map<Token, RunningAttempt> attempts = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Connection> leading = new AtomicReference<>();
  private volatile @Nullable Connection last;
  private volatile long maxResultBytes = DEFAULT_MAX_RESULT_BYTES;
  private volatile long epoch;
  private volatile boolean leaving;
  private volatile long ledNanos = System.nanoTime();
  private volatile long leaseNanos = Long.MAX_VALUE;
  private @Nullable Future<?> watch;

  Session(Node node) {
    this.node = node;
  }

  Outbox outbox() {
    return outbox;
  }

  long epoch() {
    return epoch;
  }

  long maxResultBytes() {
    return maxResultBytes;
  }

  List<Connection> connections() {
    return connections;
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

  /** Says hello over a new stream. */
  void greet(Link stream) {
    outbox.greet(
        stream,
        attempts.keySet(),
        holding -> Wire.hello(node.options(), node.slots().size(), node.kinds(), holding, epoch));
  }

  /** Another coordinator leads: it hears what is held, and nothing is taken from the former one. */
  void follow(Connection connection, Link stream) {
    leading.set(connection);
    greet(stream);
  }

  void welcomed(Connection by, Link stream, Welcome welcome) {
    Set<Token> released = new HashSet<>();
    welcome.getReleasedList().forEach(token -> released.add(Wire.token(token)));
    maxResultBytes =
        welcome.getMaxResultBytes() > 0 ? welcome.getMaxResultBytes() : DEFAULT_MAX_RESULT_BYTES;
    epoch = welcome.getEpoch();
    leading.set(by);
    last = by;
    ledNanos = System.nanoTime();
    watch(by.silenceNanos());
    released.forEach(token -> stop(token, RunningAttempt.Stop.RELEASED));
    outbox.welcome(stream, released, SILENCES_REMEMBERED * by.silenceNanos());
  }

  /** A coordinator leads no more, or never did. */
  void standsBy(Connection connection, Link stream) {
    if (leading.compareAndSet(connection, null)) {
      outbox.broken(stream);
    }
  }

  void broken(Connection connection, Link stream) {
    leading.compareAndSet(connection, null);
    outbox.broken(stream);
  }

  /** A coordinator does not want this node. */
  void rejected(Connection connection) {
    if (connection == last || connections.size() == 1) {
      attempts.values().forEach(attempt -> attempt.stop(RunningAttempt.Stop.RELEASED));
    }
  }

  private synchronized void watch(long lease) {
    if (watch != null && lease == leaseNanos) {
      return;
    }
    if (watch != null) {
      watch.cancel(false);
    }
    leaseNanos = lease;
    watch = node.repeat(this::lookAtLease, Math.max(1, lease / LOOKS_A_LEASE));
  }

  private void lookAtLease() {
    Connection leader = leading.get();
    if (leader != null && leader.silentNanos() <= leaseNanos) {
      ledNanos = System.nanoTime() - leader.silentNanos();
      return;
    }
    long without = System.nanoTime() - ledNanos;
    if (attempts.isEmpty()
        || without <= leaseNanos
        || (without <= LEASES_AT_MOST * leaseNanos && nobodyElseCanLead())) {
      return;
    }
    LOG.warn(
        "No coordinator that leads was heard of for {} ms: the {} attempts of this node are stopped, since others may have them by now",
        TimeUnit.NANOSECONDS.toMillis(without),
        attempts.size());
    attempts.values().forEach(attempt -> attempt.stop(RunningAttempt.Stop.RELEASED));
  }

  /**
   * Whether some coordinator that is heard of knows of no leader but, at most, one that took over
   * from the one that led this node.
   */
  private boolean nobodyElseCanLead() {
    Connection former = last;
    String cutOff = former == null ? "" : former.coordinator();
    for (Connection connection : connections) {
      if (connection.phase() == Phase.STANDBY && connection.silentNanos() <= leaseNanos) {
        return !connection.leader().equals(cutOff);
      }
    }
    return false;
  }

  void dispatched(Connection by, List<Dispatch> dispatches) {
    if (leading.get() != by) {
      return;
    }
    List<Report> atOnce = new ArrayList<>(dispatches.size());
    for (Dispatch dispatch : dispatches) {
      Outcome outcome = leaving ? new Outcome.Refused("the node is leaving") : take(dispatch);
      if (outcome != null) {
        atOnce.add(report(dispatch.getToken(), outcome));
      }
    }
    if (!atOnce.isEmpty()) {
      outbox.submit(atOnce);
    }
  }

  void cancelled(List<dev.capstan.api.v1.Token> tokens) {
    tokens.forEach(token -> stop(Wire.token(token), RunningAttempt.Stop.CANCELLED));
  }

  /** Starts the attempt, or says how it has ended already. */
  private @Nullable Outcome take(Dispatch dispatch) {
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
    if (attempts.containsKey(assignment.token())) {
      return null;
    }
    if (!node.slots().take()) {
      return new Outcome.Refused("no free slot: all " + node.slots().size() + " are taken");
    }
    RunningAttempt attempt = new RunningAttempt(this, node, executor, assignment);
    attempts.put(assignment.token(), attempt);
    Thread.ofVirtual().name("attempt-" + assignment.token().execution()).start(attempt);
    return null;
  }

  /** The report of an outcome; one that is too large becomes a fault that says so. Counts it. */
  Report report(dev.capstan.api.v1.Token token, Outcome outcome) {
    Report report = Wire.report(token, outcome);
    int size = report.getOutput().size();
    if (size > maxResultBytes) {
      return report(
          token,
          new Outcome.Faulted(
              ErrorType.RUNTIME.fault(
                  "Result too large",
                  "The result is "
                      + size
                      + " bytes of JSON; the limit is "
                      + maxResultBytes
                      + " bytes.")));
    }
    node.counters().count(outcome);
    return report;
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
    synchronized (attempts) {
      attempts.notifyAll();
    }
  }

  /** Waits until no attempt runs and all have reported; false when one still does at that time. */
  boolean awaitIdle(long endNanos) throws InterruptedException {
    synchronized (attempts) {
      while (!attempts.isEmpty()) {
        long left = endNanos - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(attempts, left);
      }
    }
    return true;
  }

  /** Tells the coordinator how many attempts this node runs at a time from now on. */
  void slotsChanged(int slots) {
    outbox.say(
        WorkerMessage.newBuilder().setSlots(SlotsChanged.newBuilder().setSlots(slots)).build());
  }

  /** Takes nothing more, and says so. */
  void leave(String why) {
    leaving = true;
    for (Connection connection : connections) {
      if (connection.leave(why)) {
        outbox.say(WorkerMessage.newBuilder().setLeave(Leave.newBuilder().setReason(why)).build());
      }
    }
  }

  /** Stops what still runs and hands it back. */
  void handBack() {
    attempts.values().forEach(attempt -> attempt.stop(RunningAttempt.Stop.LEAVING));
  }

  /** Ends all streams in order. */
  void close(Duration patience) throws InterruptedException {
    for (Connection connection : connections) {
      connection.close(patience);
    }
  }
}
