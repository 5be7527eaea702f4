package dev.capstan.verify.sdk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A coordinator without workers that listens on loopback, as {@code capstan dev} does. */
final class DevEngine implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();

  private final Coordinator coordinator;

  DevEngine(Path data) {
    coordinator = Coordinator.start(CoordinatorConfig.local(data).withPorts(0, 0), Map.of());
  }

  int grpcPort() {
    return Objects.requireNonNull(coordinator.grpcPort());
  }

  String http() {
    return "http://127.0.0.1:" + coordinator.httpPort();
  }

  Gateway gateway() {
    return coordinator.gateway();
  }

  /** Starts a workflow of one task, {@code work}; its input is an empty object. */
  void start(String id, String task) {
    start(id, task, "{}");
  }

  void start(String id, String task, String input) {
    ExecutionView _ =
        get(
            gateway()
                .start(
                    Principal.LOCAL,
                    new Gateway.StartRequest(
                        definition(task), null, null, null, json(input), id, null, Map.of())));
  }

  static String definition(String task) {
    return """
    document: { dsl: '1.0.0', namespace: test, name: one, version: '1.0.0' }
    do:
      - work:
    %s\
    """
        .formatted(task.indent(6));
  }

  ExecutionView ended(String id) {
    return get(gateway().await(Principal.LOCAL, id, PATIENCE));
  }

  static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(PATIENCE.toSeconds() + 5, TimeUnit.SECONDS).join();
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    coordinator.close();
  }
}
