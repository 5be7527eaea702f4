package dev.capstan.worker;

import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.process.Workspaces;
import io.grpc.Channel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker node: runs the attempts that coordinators push to it, as many at a time as it has slots,
 * and reports their results. Keeps a session with each coordinator, over broken connections too.
 * All methods may be called by any thread.
 */
public final class Worker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /**
   * For a coordinator to answer the end of a session, and for stopped attempts to end, beyond what
   * a kill takes.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Node node;
  private final Set<Executor> executors;
  private final List<Session> sessions = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  private Worker(Node node, Set<Executor> executors) {
    this.node = node;
    this.executors = executors;
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

  private static Worker start(WorkerOptions options) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("capstan-worker-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    Workspaces workspaces;
    try {
      workspaces = new Workspaces(options.workingDirectory());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The working directory " + options.workingDirectory() + " can't be made", e);
    }
    Set<Executor> executors = new LinkedHashSet<>(Executors.builtIn(options, workspaces));
    executors.addAll(options.executors());
    Map<String, Executor> byKind = new TreeMap<>();
    executors.forEach(executor -> executor.kinds().forEach(kind -> byKind.put(kind, executor)));
    Node node =
        new Node(options, byKind, new Slots(options.slots()), new Counters(), workspaces, timer);
    return new Worker(node, executors);
  }

  /** Opens a session with one more coordinator. All sessions share the slots. */
  public void attach(Channel channel) {
    Session session = new Session(channel, node);
    sessions.add(session);
    session.connect();
  }

  /** Changes how many attempts run at a time. Those beyond a smaller number go on. */
  public void resize(int slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("slots must be at least 1: " + slots);
    }
    node.slots().resize(slots);
    sessions.forEach(session -> session.slotsChanged(slots));
  }

  /** What the worker is doing now. */
  public WorkerStatus status() {
    Counters counters = node.counters();
    return new WorkerStatus(
        node.slots().size(),
        node.slots().taken(),
        counters.completed.sum(),
        counters.faulted.sum(),
        counters.cancelled.sum(),
        counters.refused.sum(),
        counters.released.sum(),
        counters.outputBytesDropped.sum(),
        node.kinds(),
        sessions.stream().map(Session::status).toList());
  }

  /**
   * Leaves in order: takes nothing more, lets running attempts go on for {@link
   * WorkerOptions#leaveGrace()}, then stops them and hands them back. An interrupt ends the
   * waiting, not the leaving.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    sessions.forEach(session -> session.leave("the worker was closed"));
    try {
      if (!awaitIdle(node.options().leaveGrace())) {
        sessions.forEach(Session::handBack);
        boolean _ = awaitIdle(node.options().limits().killGrace().plus(PATIENCE));
      }
      for (Session session : sessions) {
        session.close(PATIENCE);
      }
    } catch (InterruptedException e) {
      sessions.forEach(Session::handBack);
      Thread.currentThread().interrupt();
    }
    executors.forEach(Worker::close);
    node.timer().shutdownNow();
    node.workspaces().close();
  }

  private boolean awaitIdle(Duration longest) throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    for (Session session : sessions) {
      if (!session.awaitIdle(end)) {
        return false;
      }
    }
    return true;
  }

  private static void close(Executor executor) {
    try {
      executor.close();
    } catch (RuntimeException e) {
      LOG.warn("The executor of {} could not be closed", executor.kinds(), e);
    }
  }
}
