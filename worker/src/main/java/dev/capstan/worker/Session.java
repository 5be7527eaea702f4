package dev.capstan.worker;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Leave;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.Token;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session with one coordinator, kept alive over broken streams until the worker leaves.
 *
 * <p>Messages of the coordinator come in on gRPC's thread of the stream; they are short work: a
 * dispatch starts a virtual thread, or, for {@code capstan:noop}, is answered at once. Everything
 * that goes out goes through the {@link Outbox}. The phase changes under this object's lock;
 * connecting again, keep-alives and the watch over silence happen on the node's timer.
 */
final class Session {

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private static final long DEFAULT_MAX_RESULT_BYTES = 2L << 20;

  private static final long DEFAULT_KEEP_ALIVE_MILLIS = 500;

  /**
   * A session that lasted this long was a good one: the back-off starts again at its first step.
   */
  private static final long GOOD_SESSION_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * A coordinator that takes no reports for so many times the longest silence is as good as gone.
   */
  private static final long HELD_SILENCES = 10;

  private final Channel channel;
  private final Node node;
  private final Outbox outbox = new Outbox();
  private final Map<Token, RunningAttempt> attempts = new ConcurrentHashMap<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile Phase phase = Phase.CONNECTING;
  private volatile @Nullable Link link;
  private volatile long maxResultBytes = DEFAULT_MAX_RESULT_BYTES;
  private volatile long keepAliveNanos = TimeUnit.MILLISECONDS.toNanos(DEFAULT_KEEP_ALIVE_MILLIS);
  private volatile String coordinator = "";
  private volatile String reason = "";
  private volatile long epoch;
  private volatile long welcomes;
  private long welcomedNanos;
  private int failures;
  private @Nullable Future<?> watch;

  Session(Channel channel, Node node) {
    this.channel = channel;
    this.node = node;
  }

  Outbox outbox() {
    return outbox;
  }

  long maxResultBytes() {
    return maxResultBytes;
  }

  boolean accepting() {
    return outbox.accepting();
  }

  void writable() {
    outbox.flush();
  }

  SessionStatus status() {
    return new SessionStatus(phase, coordinator, epoch, welcomes, outbox.backlog(), reason);
  }

  /** Opens a stream; when it breaks, another one is opened after a while, and so on. */
  void connect() {
    Link opening = new Link(this);
    synchronized (this) {
      if (phase != Phase.CONNECTING && phase != Phase.BACKING_OFF) {
        return;
      }
      phase = Phase.CONNECTING;
      link = opening;
    }
    if (channel instanceof ManagedChannel managed) {
      // The channel's own back-off grows to minutes; the session's is the one that counts.
      managed.resetConnectBackoff();
    }
    WorkerSessionsGrpc.newStub(channel).session(opening);
    outbox.open(
        opening,
        attempts.keySet(),
        holding -> Wire.hello(node.options(), node.slots().size(), node.kinds(), holding));
    schedule(
        () -> {
          if (!opening.welcomed()) {
            opening.cancel("no welcome within " + node.options().timing().handshake());
          }
        },
        node.options().timing().handshake().toNanos());
  }

  /** A message of the coordinator. Kinds that are newer than this worker are ignored. */
  void received(Link from, CoordinatorMessage message) {
    if (from != link) {
      return;
    }
    switch (message.getKindCase()) {
      case WELCOME -> welcome(from, message.getWelcome());
      case DISPATCHES -> dispatched(message.getDispatches().getDispatchesList());
      case CANCELS ->
          message
              .getCancels()
              .getTokensList()
              .forEach(token -> stop(Wire.token(token), RunningAttempt.Stop.CANCELLED));
      case GOODBYE -> goodbye(from, message.getGoodbye());
      case KEEP_ALIVE, KIND_NOT_SET -> {}
    }
  }

  private void welcome(Link from, Welcome welcome) {
    long intervalMillis =
        welcome.getKeepAliveMillis() > 0 ? welcome.getKeepAliveMillis() : DEFAULT_KEEP_ALIVE_MILLIS;
    Set<Token> released = new HashSet<>();
    welcome.getReleasedList().forEach(token -> released.add(Wire.token(token)));
    synchronized (this) {
      keepAliveNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
      maxResultBytes =
          welcome.getMaxResultBytes() > 0 ? welcome.getMaxResultBytes() : DEFAULT_MAX_RESULT_BYTES;
      coordinator = welcome.getCoordinator();
      epoch = welcome.getEpoch();
      welcomes++;
      welcomedNanos = System.nanoTime();
      reason = "";
      from.markWelcomed();
      if (phase == Phase.CONNECTING) {
        phase = Phase.OPEN;
      }
      watch(from);
    }
    released.forEach(token -> stop(token, RunningAttempt.Stop.RELEASED));
    // What was sent while the connection was already dead, but not yet known to be, may have to be
    // sent again.
    outbox.welcome(from, released, 2 * silenceNanos());
    LOG.info("Session {} with coordinator '{}' is open", epoch, coordinator);
  }

  private void watch(Link from) {
    if (watch != null) {
      watch.cancel(false);
    }
    long third = Math.max(1, keepAliveNanos / 3);
    watch =
        node.timer()
            .scheduleWithFixedDelay(() -> tick(from, third), third, third, TimeUnit.NANOSECONDS);
  }

  private void tick(Link watched, long keepAliveDue) {
    long longest = watched.held() ? HELD_SILENCES * silenceNanos() : silenceNanos();
    if (watched.silentNanos() > longest) {
      String silence =
          "nothing heard for " + Duration.ofNanos(watched.silentNanos()).toMillis() + " ms";
      watched.cancel(silence);
      broken(watched, silence);
    } else {
      outbox.keepAlive(keepAliveDue);
    }
  }

  private long silenceNanos() {
    return keepAliveNanos * node.options().timing().silentIntervals();
  }

  private void dispatched(List<Dispatch> dispatches) {
    List<Report> atOnce = new ArrayList<>(dispatches.size());
    for (Dispatch dispatch : dispatches) {
      Outcome outcome =
          phase == Phase.LEAVING ? new Outcome.Refused("the node is leaving") : take(dispatch);
      if (outcome != null) {
        atOnce.add(report(dispatch.getToken(), outcome));
      }
    }
    if (!atOnce.isEmpty()) {
      outbox.submit(atOnce);
    }
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

  private void goodbye(Link from, Goodbye goodbye) {
    if (goodbye.getRetry()) {
      broken(from, "the coordinator said goodbye: " + goodbye.getReason());
      from.cancel("goodbye");
      return;
    }
    LOG.error("The coordinator rejects this node: {}", goodbye.getReason());
    end(from, Phase.REJECTED, goodbye.getReason());
    attempts.values().forEach(attempt -> attempt.stop(RunningAttempt.Stop.RELEASED));
    from.cancel("goodbye");
  }

  /** The stream is gone, for whatever reason; told once or more for each. */
  void broken(Link gone, String why) {
    long delayNanos;
    synchronized (this) {
      if (gone != link) {
        return;
      }
      if (phase == Phase.LEAVING) {
        end(gone, Phase.CLOSED, why);
        return;
      }
      if (phase != Phase.CONNECTING && phase != Phase.OPEN) {
        return;
      }
      boolean good = phase == Phase.OPEN && System.nanoTime() - welcomedNanos > GOOD_SESSION_NANOS;
      failures = good ? 0 : failures + 1;
      phase = Phase.BACKING_OFF;
      reason = why;
      unwatch();
      link = null;
      delayNanos = backOffNanos(Math.max(0, failures - 1));
    }
    outbox.broken(gone);
    LOG.info(
        "No session ({}); connecting again in {} ms",
        why,
        TimeUnit.NANOSECONDS.toMillis(delayNanos));
    schedule(this::connect, delayNanos);
  }

  private long backOffNanos(int doublings) {
    SessionTiming timing = node.options().timing();
    long first = timing.firstBackOff().toNanos();
    long full = Math.min(timing.longestBackOff().toNanos(), first << Math.min(doublings, 20));
    return full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
  }

  /** Tells the coordinator how many attempts this node runs at a time from now on. */
  void slotsChanged(int slots) {
    outbox.say(
        WorkerMessage.newBuilder().setSlots(SlotsChanged.newBuilder().setSlots(slots)).build());
  }

  /** Takes nothing more, and says so. */
  void leave(String why) {
    boolean open;
    synchronized (this) {
      open = phase == Phase.OPEN;
      if (open) {
        phase = Phase.LEAVING;
      }
    }
    if (open) {
      outbox.say(WorkerMessage.newBuilder().setLeave(Leave.newBuilder().setReason(why)).build());
    } else {
      end(link, Phase.CLOSED, why);
    }
  }

  /** Stops what still runs and hands it back. */
  void handBack() {
    attempts.values().forEach(attempt -> attempt.stop(RunningAttempt.Stop.LEAVING));
  }

  /**
   * Ends the stream in order: the coordinator gets all reports, and ends it too or is left after
   * {@code patience}.
   */
  void close(Duration patience) throws InterruptedException {
    Link open = link;
    if (phase == Phase.LEAVING && open != null) {
      outbox.complete(open);
      boolean _ = over.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
    end(open, Phase.CLOSED, "closed");
  }

  private void end(@Nullable Link open, Phase last, String why) {
    synchronized (this) {
      if (phase == Phase.CLOSED || phase == Phase.REJECTED) {
        return;
      }
      phase = last;
      reason = why;
      unwatch();
      link = null;
    }
    over.countDown();
    if (open != null) {
      outbox.broken(open);
      open.cancel("closed");
    }
  }

  private void unwatch() {
    if (watch != null) {
      watch.cancel(false);
      watch = null;
    }
  }

  private void schedule(Runnable action, long delayNanos) {
    try {
      Future<?> _ = node.timer().schedule(action, delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closing) {
      LOG.debug("The worker is closing: nothing is scheduled any more");
    }
  }
}
