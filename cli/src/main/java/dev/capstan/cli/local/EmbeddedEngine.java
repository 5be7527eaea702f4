package dev.capstan.cli.local;

import dev.capstan.cli.cluster.OwnProgram;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.executor.Limits;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator and a worker that talk inside this process. What is acknowledged is on disk at any
 * time, so the process may die; {@link #close} stops it in order, within two seconds.
 */
public final class EmbeddedEngine implements AutoCloseable {
  private static final String NODE = "local-1";
  private static final Duration LEAVE_GRACE = Duration.ofMillis(100);
  private static final Duration KILL_GRACE = Duration.ofMillis(300);
  private static final long REASON_SECONDS = 5;
  private static final Set<Refusal.Code> OF_A_STOPPED_ENGINE =
      EnumSet.of(Refusal.Code.NOT_READY, Refusal.Code.OUTCOME_UNKNOWN, Refusal.Code.STORAGE_FAILED);

  private final Path data;
  private final Coordinator coordinator;
  private final ManagedChannel channel;
  private final Worker worker;
  private boolean closed;

  private EmbeddedEngine(
      Path data, Coordinator coordinator, ManagedChannel channel, Worker worker) {
    this.data = data;
    this.coordinator = coordinator;
    this.channel = channel;
    this.worker = worker;
  }

  /**
   * Starts both.
   *
   * @throws CliFailure when they can't start, with what to do
   */
  public static EmbeddedEngine start(EngineOptions options) {
    CoordinatorConfig config =
        CoordinatorConfig.local(options.data())
            .withPorts(options.grpcPort(), options.httpPort())
            .withSecrets(options.secrets());
    Coordinator coordinator;
    try {
      coordinator = Coordinator.start(config, options.environment());
    } catch (StartupRefusal refusal) {
      throw StartFailure.of(
          refusal,
          switch (refusal.code()) {
            case ADDRESS_UNAVAILABLE ->
                "stop what uses the port, or take another one: capstan dev --port auto";
            default -> null;
          });
    }
    ManagedChannel channel = InProcessChannelBuilder.forName(coordinator.inProcessName()).build();
    try {
      return new EmbeddedEngine(
          options.data(),
          coordinator,
          channel,
          Worker.connect(channel, workerOptions(options.data())));
    } catch (RuntimeException e) {
      channel.shutdownNow();
      coordinator.close();
      throw e;
    }
  }

  private static WorkerOptions workerOptions(Path data) {
    WorkerOptions usual = WorkerOptions.builder(NODE).build();
    List<String> inherited = new ArrayList<>(usual.inheritedEnvironment());
    inherited.add(OwnProgram.VARIABLE);
    return WorkerOptions.builder(NODE)
        .workingDirectory(data.resolve("work"))
        .inheritedEnvironment(inherited)
        .leaveGrace(LEAVE_GRACE)
        .leaveGraceOnce(LEAVE_GRACE)
        .limits(Limits.ofDefaults().withKillGrace(KILL_GRACE))
        .build();
  }

  /**
   * Completes when the engine can serve no more, with what to tell a person.
   *
   * @see Coordinator#failure
   */
  public CompletableFuture<CliFailure> failure() {
    return coordinator.failure().thenApply(this::stopped);
  }

  /**
   * What to tell a person about a refusal. The only replica of a partition leads until it fails, so
   * a refusal of one that does not lead waits a while for the reason.
   */
  RuntimeException explain(Refusal refusal) {
    RuntimeException plain = GatewayValues.exception(refusal);
    if (!OF_A_STOPPED_ENGINE.contains(refusal.code())) {
      return plain;
    }
    return failure()
        .<RuntimeException>thenApply(reason -> reason)
        .completeOnTimeout(plain, REASON_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  private CliFailure stopped(Throwable reason) {
    Throwable root = reason;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new CliFailure(
        ExitCode.FAILED,
        "CAP-7001",
        "the engine stopped, since it can't write to "
            + data
            + ": "
            + (root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage()),
        "free space or repair the disk, and run the same again: it goes on, since nothing finished is lost");
  }

  /** The only door to the engine. */
  public Gateway gateway() {
    return coordinator.gateway();
  }

  /** Port of the HTTP API; null when it is not served. */
  public @Nullable Integer httpPort() {
    return coordinator.httpPort();
  }

  /** Port of gRPC; null without a socket. */
  public @Nullable Integer grpcPort() {
    return coordinator.grpcPort();
  }

  /** What the worker is called. */
  public String node() {
    return NODE;
  }

  /** How many tasks the worker runs at a time. */
  public int slots() {
    return worker.status().slots();
  }

  /** Kinds of tasks that the worker can run. */
  public List<String> kinds() {
    return worker.status().kinds();
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    worker.close();
    channel.shutdownNow();
    coordinator.close();
  }
}
