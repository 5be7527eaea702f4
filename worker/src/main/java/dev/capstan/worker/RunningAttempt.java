package dev.capstan.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.executor.Token;
import dev.capstan.worker.executor.Workflow;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An attempt in a slot of this node: runs its executor on a virtual thread of its own, and reports
 * once. Whatever the executor does or throws, the slot is given back and a report is made.
 */
final class RunningAttempt implements Attempt, Runnable {

  /** Why an attempt is stopped. */
  enum Stop {
    /** The coordinator cancelled it, after it had decided that nothing becomes of the attempt. */
    CANCELLED(null),
    /** The coordinator that leads has replaced it, and knows: nobody wants its report. */
    RELEASED(null),
    /** The node leaves. */
    LEAVING("the node left before the attempt ended"),
    /** Nobody that leads was heard of for too long: perhaps others have it by now. */
    LEASE_OVER("the node heard of no leader for too long and stopped it"),
    /** It was begun for a leader whose successor was not told of it in time. */
    UNLISTED("the leadership changed while the node began it"),
    /** The coordinator does not want the node. */
    REJECTED("the node was rejected"),
    /** It was not heard of for as long as it had to be, and has ended with an error of that. */
    SILENT(null);

    /**
     * With what the attempt is handed back; null where it is not. Handing back what nobody wants
     * any more costs nothing. Not handing back what is still the node's would leave it there for
     * ever: so only who has been told by the leader stays silent.
     */
    private final @Nullable String handedBack;

    Stop(@Nullable String handedBack) {
      this.handedBack = handedBack;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(RunningAttempt.class);

  private static final long PROGRESS_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Session session;
  private final Node node;
  private final Executor executor;
  private final Assignment assignment;
  private final Handover handover;
  private final Object lock = new Object();
  private final List<Runnable> cancelActions = new ArrayList<>();
  private volatile JsonNode arguments = NullNode.getInstance();
  private volatile @Nullable Stop stop;
  private @Nullable Thread thread;
  private @Nullable Path directory;
  private @Nullable ShownOutput shown;
  private boolean begun;
  private boolean ended;
  private boolean abandoned;
  private volatile @Nullable Heartbeat heartbeat;
  private long progressNanos;

  RunningAttempt(Session session, Node node, Executor executor, Assignment assignment) {
    this.session = session;
    this.node = node;
    this.executor = executor;
    this.assignment = assignment;
    this.progressNanos = node.nanos() - PROGRESS_INTERVAL_NANOS;
    this.handover = new Handover(assignment.token(), session.outbox());
  }

  /** Runs the attempt to its end, on the calling thread. */
  @Override
  public void run() {
    synchronized (lock) {
      thread = Thread.currentThread();
      if (stop != null) {
        thread.interrupt();
      }
    }
    Outcome outcome = perform();
    ShownOutput last;
    synchronized (lock) {
      ended = true;
      thread = null;
      last = shown;
    }
    Heartbeat watched = heartbeat;
    if (watched != null) {
      watched.end();
    }
    handover.end();
    // An interrupt that came too late must not disturb what follows.
    boolean _ = Thread.interrupted();
    if (last != null) {
      last.finish();
    }
    Path made = directory;
    if (made != null) {
      node.workspaces().remove(made);
    }
    report(outcome);
  }

  @SuppressWarnings("InterruptedExceptionSwallowed")
  private Outcome perform() {
    try {
      arguments = parsedArguments();
      if (!begin()) {
        return new Outcome.Cancelled();
      }
      Outcome outcome = Objects.requireNonNull(executor.run(this), "the executor returned nothing");
      return stop != null && !(outcome instanceof Outcome.Completed)
          ? new Outcome.Cancelled()
          : outcome;
    } catch (Throwable e) {
      return stop != null ? new Outcome.Cancelled() : new Outcome.Faulted(fault(e));
    }
  }

  /**
   * Whether the executor may be called. From then on the attempt counts as begun, whatever comes.
   */
  private boolean begin() {
    synchronized (lock) {
      begun = stop == null;
      return begun;
    }
  }

  private JsonNode parsedArguments() {
    try {
      return Json.read(assignment.arguments().toByteArray());
    } catch (IOException e) {
      throw new TaskFault(
          ErrorType.CONFIGURATION.fault("Invalid arguments", "The arguments are not JSON."));
    }
  }

  private Fault fault(Throwable e) {
    if (e instanceof TaskFault expected) {
      return expected.fault();
    }
    LOG.warn("The executor of '{}' failed on task {}", kind(), reference(), e);
    String message = e.getMessage() == null ? "" : ": " + e.getMessage();
    return ErrorType.RUNTIME.fault("Task failed", e.getClass().getName() + message);
  }

  private void report(Outcome outcome) {
    Stop stopped = stop;
    if (isAbandoned()) {
      session.abandonedEnded();
      return;
    }
    // Before its report is seen, for what the leader may send then.
    session.slots().giveBack();
    if (stopped == Stop.RELEASED) {
      node.counters().released.increment();
      session.ended(this, null);
      return;
    }
    String reason = stopped == null ? null : stopped.handedBack;
    boolean completed = outcome instanceof Outcome.Completed;
    session.ended(this, reportOf(reason == null || completed ? outcome : handedBack(reason)));
  }

  private boolean isAbandoned() {
    synchronized (lock) {
      return abandoned;
    }
  }

  private Outcome handedBack(String reason) {
    synchronized (lock) {
      return begun ? new Outcome.HandedBack(reason) : new Outcome.Refused(reason);
    }
  }

  private Report reportOf(Outcome outcome) {
    try {
      return session.reporting().of(Wire.token(token()), outcome);
    } catch (RuntimeException unwritable) {
      return session.reporting().of(Wire.token(token()), new Outcome.Faulted(fault(unwritable)));
    }
  }

  /** Whether its task faults when this is handed back: it has begun, and is not to run twice. */
  boolean isLostIfHandedBack() {
    synchronized (lock) {
      return begun && assignment.once();
    }
  }

  /** Stops the attempt; the first reason counts, but for a release, which always does. */
  void stop(Stop reason) {
    List<Runnable> actions;
    synchronized (lock) {
      if (stop == null || reason == Stop.RELEASED) {
        stop = reason;
      }
      if (ended) {
        return;
      }
      if (thread != null) {
        thread.interrupt();
      }
      actions = List.copyOf(cancelActions);
      cancelActions.clear();
    }
    handover.end();
    actions.forEach(RunningAttempt::start);
  }

  /**
   * It was not heard of: reports that at once, and leaves it to its thread to end. If it was
   * stopped before, it is handed back for the reason of that, since the coordinator takes it to be
   * held until then. Nothing is done where nothing is handed back: nobody waits for it any more.
   */
  private void giveUp(Fault fault) {
    Stop before;
    Thread silent;
    synchronized (lock) {
      before = stop;
      if (ended || (before != null && before.handedBack == null)) {
        return;
      }
      abandoned = true;
      session.slots().abandon();
      silent = thread;
    }
    LOG.warn(
        "Task {} of execution '{}' is given up: {}",
        reference(),
        token().execution(),
        fault.detail(),
        place(silent));
    String reason = before == null ? null : before.handedBack;
    if (reason == null) {
      node.counters().silent.increment();
      stop(Stop.SILENT);
    }
    session.abandoned(
        this, reportOf(reason == null ? new Outcome.Faulted(fault) : handedBack(reason)));
  }

  /** Where a thread is, for the log. */
  private static Exception place(@Nullable Thread silent) {
    Exception place = new Exception("it was here");
    place.setStackTrace(silent == null ? new StackTraceElement[0] : silent.getStackTrace());
    return place;
  }

  @Override
  public Token token() {
    return assignment.token();
  }

  @Override
  public String kind() {
    return assignment.kind();
  }

  @Override
  public String taskName() {
    return assignment.taskName();
  }

  @Override
  public String reference() {
    return assignment.reference();
  }

  @Override
  public Workflow workflow() {
    return assignment.workflow();
  }

  @Override
  public JsonNode arguments() {
    return arguments;
  }

  @Override
  public String idempotencyKey() {
    return assignment.idempotencyKey();
  }

  @Override
  public Optional<Instant> deadline() {
    return assignment.deadlineMillis() == 0
        ? Optional.empty()
        : Optional.of(Instant.ofEpochMilli(assignment.deadlineMillis()));
  }

  @Override
  public boolean cancelled() {
    return stop != null;
  }

  @Override
  public void onCancel(Runnable action) {
    synchronized (lock) {
      if (stop == null) {
        cancelActions.add(action);
        return;
      }
    }
    start(action);
  }

  @Override
  public void expectHeartbeats(Duration within, Fault silent) {
    if (heartbeat != null) {
      throw new IllegalStateException("heartbeats are expected already");
    }
    heartbeat = Heartbeat.expected(node, within.toNanos(), () -> giveUp(silent));
  }

  @Override
  public void heartbeat() {
    Heartbeat watched = heartbeat;
    if (watched != null) {
      watched.heard();
    }
  }

  @Override
  public void progress(double fraction, String message) {
    heartbeat();
    synchronized (lock) {
      if (abandoned) {
        return;
      }
      long now = node.nanos();
      if (now - progressNanos < PROGRESS_INTERVAL_NANOS && fraction < 1) {
        return;
      }
      progressNanos = now;
    }
    session.outbox().progress(token(), Wire.progress(token(), fraction, message));
  }

  @Override
  public void output(Stream stream, byte[] bytes, int offset, int length) {
    ShownOutput open;
    synchronized (lock) {
      if (shown == null) {
        shown = new ShownOutput(session, node, this);
      }
      open = shown;
    }
    open.write(stream, bytes, offset, length);
  }

  @Override
  public boolean handOver(JsonNode message) throws InterruptedException {
    return handover.handOver(Json.write(message));
  }

  @Override
  public Path directory() throws IOException {
    synchronized (lock) {
      if (directory == null) {
        directory = node.workspaces().create();
      }
      return directory;
    }
  }

  @Override
  public long maxResultBytes() {
    return session.reporting().maxBytes();
  }

  private static void start(Runnable action) {
    Thread.ofVirtual().name("attempt-cancel").start(action);
  }
}
