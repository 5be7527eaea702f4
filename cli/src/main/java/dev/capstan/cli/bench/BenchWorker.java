package dev.capstan.cli.bench;

import dev.capstan.client.CapstanClient;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.JoinFailure;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.sdk.node.WorkerNode;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinToken;
import dev.capstan.security.token.TokenFormatException;
import dev.capstan.worker.BuiltIn;
import dev.capstan.worker.SessionStatus;
import dev.capstan.worker.WorkerEnvironment;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.executor.Executor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.BooleanSupplier;

/** A worker of a cluster in this process, with a certificate of its own. */
final class BenchWorker implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Many share this machine, and what it can do does not change. */
  private static final Duration LOOK_EVERY = Duration.ofMinutes(1);

  /** The error of what is measured; many wait at a time. */
  private static final Duration GLANCE = Duration.ofMillis(5);

  private static final Duration TOKEN_LIFE = Duration.ofMinutes(15);

  /** Of all of them: what they do on it is short. */
  private static final ScheduledExecutorService TIMER = timer();

  private final String name;
  private final WorkerNode node;
  private final Silence silence;
  private volatile boolean silent;

  private BenchWorker(String name, WorkerNode node, Silence silence) {
    this.name = name;
    this.node = node;
    this.silence = silence;
  }

  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("capstan-bench-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** A token that lets it join. */
  static String token(CapstanClient client, String name) {
    return CapstanClient.await(client.invite("worker", name, TOKEN_LIFE)).token();
  }

  /**
   * Joins; returns when its certificate is stored.
   *
   * @param config names the coordinators
   */
  static NodeHome join(String token, String name, Path data, NodeConfig config)
      throws IOException, InterruptedException {
    NodeHome home = NodeHome.open(data);
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      new Joining(JoinToken.parse(token), Role.WORKER, name, null, home, _ -> {})
          .join(discovery, PATIENCE);
    } catch (JoinFailure | TokenFormatException e) {
      throw new IllegalStateException(name + " could not join: " + e.getMessage(), e);
    }
    return home;
  }

  /** Joins and connects; returns when its session is on its way. */
  static BenchWorker enter(
      String token, String name, Path data, NodeConfig config, int slots, Executor executor)
      throws IOException, InterruptedException {
    return start(join(token, name, data, config), name, config, slots, executor);
  }

  /** Connects one that has joined; returns when its session is on its way. */
  static BenchWorker start(
      NodeHome home, String name, NodeConfig config, int slots, Executor executor)
      throws IOException {
    WorkerOptions.Builder options =
        WorkerOptions.builder(name)
            .slots(slots)
            .builtIns(EnumSet.of(BuiltIn.NOOP))
            .executor(executor)
            .leaveGrace(Duration.ZERO)
            .lookEvery(LOOK_EVERY)
            .workingDirectory(home.data().resolve("work"));
    Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null);
    Silence silence = new Silence();
    return new BenchWorker(
        name,
        WorkerNode.start(
            config,
            home,
            discovery,
            options,
            silence,
            WorkerEnvironment.sharing(TIMER, silence::nanos)),
        silence);
  }

  String name() {
    return name;
  }

  private boolean isRegistered() {
    return node.status().sessions().stream()
        .anyMatch(session -> session.phase() == SessionStatus.Phase.OPEN);
  }

  /**
   * Returns when the leader has taken it in.
   *
   * @throws IllegalStateException if that takes longer than this
   */
  void awaitRegistered(long longestNanos) throws InterruptedException {
    await(this::isRegistered, longestNanos, " was not registered in time");
  }

  /**
   * Returns when no coordinator has a session with it any more.
   *
   * @throws IllegalStateException if that takes longer than this
   */
  void awaitCut(long longestNanos) throws InterruptedException {
    await(() -> !isRegistered(), longestNanos, " was not cut off in time");
  }

  private void await(BooleanSupplier condition, long longestNanos, String otherwise)
      throws InterruptedException {
    long end = System.nanoTime() + longestNanos;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(name + otherwise);
      }
      Thread.sleep(GLANCE);
    }
  }

  /**
   * Nothing is heard of it any more, no connection is closed, and it does nothing: as when its
   * machine is gone.
   */
  void fallSilent() {
    silent = true;
    silence.begin();
  }

  /** Its connections break at once, and it makes no others: as when its process is killed. */
  void die() {
    silent = true;
    silence.breakOff();
    node.cutOff();
  }

  @Override
  public void close() {
    if (silent) {
      node.cutOff();
    }
    node.close();
  }
}
