package dev.capstan.worker;

import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.process.Workspaces;
import io.grpc.Channel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker node: runs the attempts that coordinators push to it, as many at a time as it has slots,
 * and reports their results. Keeps a session with its cluster, over broken connections and changes
 * of the coordinator that leads. All methods may be called by any thread.
 */
public final class Worker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /** For stopped attempts to end, beyond what a kill takes. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * For a leader to read the last reports: if it goes meanwhile, the next one has to be elected.
   */
  private static final Duration HEARD_WITHIN = Duration.ofSeconds(10);

  private final Node node;
  private final Set<Executor> executors;
  private final Sessions sessions;
  private @Nullable Future<?> looks;
  private volatile boolean closed;

  private Worker(Node node, Set<Executor> executors) {
    this.node = node;
    this.executors = executors;
    this.sessions = new Sessions(node);
  }

  /**
   * Starts a worker with a session over {@code channel}. Returns at once: a coordinator that can't
   * be reached is tried again for as long as the worker lives. The channel stays the caller's, to
   * be shut down after the worker is closed.
   *
   * @throws UncheckedIOException when the working directory can't be made
   */
  public static Worker connect(Channel channel, WorkerOptions options) {
    Worker worker = start(options);
    worker.attach(channel);
    return worker;
  }

  /**
   * Starts a worker that knows no coordinator yet: each is told by {@link #attach}.
   *
   * @throws UncheckedIOException when the working directory can't be made
   */
  public static Worker start(WorkerOptions options) {
    return start(options, WorkerEnvironment.ofThisMachine());
  }

  /**
   * As {@link #start(WorkerOptions)}, in another environment than this machine.
   *
   * @throws UncheckedIOException when the working directory can't be made
   */
  public static Worker start(WorkerOptions options, WorkerEnvironment environment) {
    Workspaces workspaces;
    try {
      workspaces = new Workspaces(options.workingDirectory());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The working directory " + options.workingDirectory() + " can't be made", e);
    }
    Set<Executor> executors = new LinkedHashSet<>(Executors.builtIn(options, workspaces));
    executors.addAll(options.executors());
    Findings findings = Findings.look(executors, options.tools(), options.workingDirectory());
    Node node =
        new Node(
            options,
            new AtomicReference<>(findings),
            new Slots(options.slots()),
            new Counters(),
            workspaces,
            environment);
    Worker worker = new Worker(node, executors);
    worker.looks = node.repeat(worker::lookAgain, options.lookEvery().toNanos());
    return worker;
  }

  /** Registers what has come to this node or gone since it looked last. */
  private void lookAgain() {
    WorkerOptions options = node.options();
    try {
      Findings now = Findings.look(executors, options.tools(), options.workingDirectory());
      Findings before = node.findings().getAndSet(now);
      if (!now.equals(before)) {
        LOG.info("This node is not what it was: {}", now.found());
        sessions.capabilitiesChanged(now.capabilities());
      }
    } catch (RuntimeException e) {
      LOG.warn("What this node can do could not be found out; tried again", e);
    }
  }

  /** With the first partition. */
  Session session() {
    return sessions.first();
  }

  /** Takes one more coordinator of the same cluster into the session. */
  public void attach(Channel channel) {
    sessions.attach(channel);
  }

  /** Gives up a coordinator, which belongs to the cluster no more. */
  public void detach(Channel channel) {
    sessions.detach(channel);
  }

  /** Changes how many attempts run at a time. Those beyond a smaller number go on. */
  public void resize(int slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("slots must be at least 1: " + slots);
    }
    node.slots().resize(slots);
    sessions.slotsChanged();
  }

  /** What the worker is doing now. */
  public WorkerStatus status() {
    Counters counters = node.counters();
    return new WorkerStatus(
        node.slots().size(),
        node.slots().taken(),
        counters.completed.sum(),
        counters.faulted.sum(),
        counters.silent.sum(),
        counters.cancelled.sum(),
        counters.refused.sum(),
        counters.released.sum(),
        counters.outputBytesDropped.sum(),
        node.kinds(),
        sessions.connections().stream().map(Connection::status).toList());
  }

  /**
   * Leaves in order: takes nothing more, lets running attempts go on for {@link
   * WorkerOptions#leaveGrace()}, then stops them and hands them back; those of tasks that are not
   * to run twice may go on for {@link WorkerOptions#leaveGraceOnce()}. Until all results have gone
   * out, it follows changes of the leadership. An interrupt ends the waiting, not the leaving.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    sessions.leave("the worker was closed");
    try {
      endAttempts();
      sessions.close(endOf(HEARD_WITHIN));
    } catch (InterruptedException e) {
      sessions.handBack();
      Thread.currentThread().interrupt();
    }
    executors.forEach(Worker::close);
    if (looks != null) {
      looks.cancel(false);
    }
    node.environment().release();
    node.workspaces().close();
  }

  private void endAttempts() throws InterruptedException {
    WorkerOptions options = node.options();
    long graceOnce = endOf(options.leaveGraceOnce());
    if (!sessions.awaitReported(endOf(options.leaveGrace()))) {
      sessions.handBackWhatMayRunAgain();
      if (!sessions.awaitOnce(graceOnce)) {
        sessions.handBack();
      }
    }
    boolean _ = sessions.awaitEnded(endOf(options.limits().killGrace().plus(PATIENCE)));
  }

  private static long endOf(Duration patience) {
    return System.nanoTime() + patience.toNanos();
  }

  private static void close(Executor executor) {
    try {
      executor.close();
    } catch (RuntimeException e) {
      LOG.warn("The executor of {} could not be closed", executor.kinds(), e);
    }
  }
}
