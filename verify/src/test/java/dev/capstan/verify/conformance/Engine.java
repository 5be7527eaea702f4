package dev.capstan.verify.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.DefinitionView;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A coordinator and a worker with the settings of production, in this process. */
final class Engine implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(90);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Coordinator coordinator;
  private final ManagedChannel channel;
  private final Worker worker;

  private Engine(Coordinator coordinator, ManagedChannel channel, Worker worker) {
    this.coordinator = coordinator;
    this.channel = channel;
    this.worker = worker;
  }

  static Engine start(Path folder) {
    return start(folder, CoordinatorConfig.local(folder.resolve("data")));
  }

  static Engine start(Path folder, CoordinatorConfig config) {
    return start(folder, config, _ -> {});
  }

  /** With a worker that is set up further. */
  static Engine start(
      Path folder, CoordinatorConfig config, Consumer<WorkerOptions.Builder> setUp) {
    Coordinator coordinator = Coordinator.start(config, Map.of());
    ManagedChannel channel = InProcessChannelBuilder.forName(coordinator.inProcessName()).build();
    WorkerOptions.Builder options =
        WorkerOptions.builder("w1").workingDirectory(folder.resolve("work"));
    setUp.accept(options);
    return new Engine(coordinator, channel, Worker.connect(channel, options.build()));
  }

  Gateway gateway() {
    return coordinator.gateway();
  }

  DefinitionView deploy(String definition) {
    return get(gateway().deploy(Principal.LOCAL, definition, "definition.yaml"));
  }

  /** Starts an execution of a definition that needs not be deployed. */
  ExecutionView begin(String definition, JsonNode input) {
    return get(
        gateway()
            .start(
                Principal.LOCAL,
                new Gateway.StartRequest(
                    definition, null, null, null, input, null, null, Map.of())));
  }

  /** The execution as soon as it has ended. */
  ExecutionView end(String id) {
    return get(gateway().await(Principal.LOCAL, id, LONGEST));
  }

  ExecutionView run(String definition, JsonNode input) {
    return end(begin(definition, input).id());
  }

  List<HistoryEntry> history(String id) {
    return gateway().history(Principal.LOCAL, id, 0, 1_000).items();
  }

  /** What entries of a type in the history of an execution have as output, in their order. */
  List<JsonNode> outputs(String id, String type) {
    return history(id).stream()
        .filter(entry -> entry.type().equals(type))
        .map(entry -> normalized(entry.output()))
        .toList();
  }

  /** How many executions have taken the event. */
  int publish(JsonNode event) {
    return get(gateway().publish(Principal.LOCAL, List.of(new CloudEvent(event))));
  }

  static JsonNode yaml(String text) {
    return normalized(
        MAPPER.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(text)));
  }

  /** As it reads after being written, so that an int and a long of one value are equal. */
  static JsonNode normalized(@Nullable JsonNode value) {
    try {
      return MAPPER.readTree(String.valueOf(value));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Throws what the request was refused with. */
  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.orTimeout(LONGEST.toSeconds() + 5, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    worker.close();
    channel.shutdownNow();
    coordinator.close();
  }
}
