package dev.capstan.verify.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A coordinator and a worker in this process, over one data directory. */
final class Machine implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Coordinator coordinator;
  private final ManagedChannel channel;
  private final Worker worker;

  private Machine(Coordinator coordinator, ManagedChannel channel, Worker worker) {
    this.coordinator = coordinator;
    this.channel = channel;
    this.worker = worker;
  }

  static Machine start(Path directory) {
    return start(CoordinatorConfig.local(directory.resolve("data")), directory, Map.of());
  }

  static Machine start(CoordinatorConfig config, Path directory, Map<String, String> environment) {
    Coordinator coordinator = Coordinator.start(config, environment);
    ManagedChannel channel = InProcessChannelBuilder.forName(coordinator.inProcessName()).build();
    WorkerOptions options =
        WorkerOptions.builder("w1")
            .slots(4)
            .workingDirectory(directory.resolve("work"))
            .leaveGrace(Duration.ZERO)
            .build();
    return new Machine(coordinator, channel, Worker.connect(channel, options));
  }

  Gateway gateway() {
    return coordinator.gateway();
  }

  @Nullable Integer httpPort() {
    return coordinator.httpPort();
  }

  ExecutionView deployAndStart(String yaml, String name, String id, String input) {
    get(gateway().deploy(Principal.LOCAL, yaml, name + ".yaml"));
    return get(
        gateway()
            .start(
                Principal.LOCAL,
                new StartRequest(null, "test", name, null, json(input), id, null, Map.of())));
  }

  ExecutionView await(String id) {
    return get(gateway().await(Principal.LOCAL, id, PATIENCE));
  }

  static <T> T get(java.util.concurrent.CompletableFuture<T> future) {
    return future.orTimeout(PATIENCE.toSeconds() + 5, TimeUnit.SECONDS).join();
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** Ends as a process does that is told to stop. */
  @Override
  public void close() {
    worker.close();
    channel.shutdownNow();
    coordinator.close();
  }
}
