package dev.capstan.verify.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Schemas come from a web server that wants to know who asks, and stay what they were. */
class ExternalSchemaTest {
  @TempDir Path directory;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer registry;
  private volatile String document = "required: [n]";

  @BeforeEach
  void openRegistry() throws IOException {
    registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    registry.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked.add(path);
          boolean isKnown =
              "Bearer t0k3n".equals(exchange.getRequestHeaders().getFirst("Authorization"));
          boolean isThere = path.equals("/order") || path.equals("/moved");
          byte[] body = document.getBytes(StandardCharsets.UTF_8);
          if (isKnown && path.equals("/moved")) {
            exchange.getResponseHeaders().set("Location", "/order");
          }
          exchange.sendResponseHeaders(
              !isKnown ? 401 : path.equals("/moved") ? 302 : isThere ? 200 : 404, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    registry.start();
  }

  @AfterEach
  void closeRegistry() {
    registry.stop(0);
  }

  private String endpoint(String path, String token) {
    return "{ uri: 'http://127.0.0.1:%d%s', authentication: { bearer: { token: '%s' } } }"
        .formatted(registry.getAddress().getPort(), path, token);
  }

  private String schema(String path, String token) {
    return "schema: { resource: { endpoint: " + endpoint(path, token) + " } }";
  }

  private static String definition(String rest) {
    return "document: { dsl: '1.0.3', namespace: test, name: schemas, version: '1.0.0' }\n" + rest;
  }

  @Test
  void an_execution_keeps_to_the_schema_that_it_fetched_when_registry_and_coordinator_change()
      throws IOException {
    Path marker = directory.resolve("go");
    String workflow =
        definition(
            """
            input: { %s }
            do:
              - middle: { run: { shell: { command: 'until [ -e %s ]; do sleep 0.05; done' } }, output: { as: '${ $workflow.input }' } }
              - last: { set: { n: 2 }, input: { %s }, output: { %s } }
            """
                .formatted(
                    schema("/order", "t0k3n"),
                    marker,
                    schema("/order", "t0k3n"),
                    schema("/moved", "t0k3n")));
    try (Machine machine = Machine.start(directory)) {
      machine.deployAndStart(workflow, "schemas", "e1", "{\"n\":1}");
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() ->
              machine.gateway().execution(Principal.LOCAL, "e1").tasks().stream()
                  .anyMatch(task -> task.name().equals("middle") && task.node() != null));
    }
    assertThat(asked).containsExactly("/order");
    Files.createFile(marker);

    try (Machine machine = Machine.start(directory)) {
      ExecutionView ended = machine.await("e1");

      assertThat(ended.error()).isNull();
      assertThat(ended.output()).isEqualTo(Machine.json("{\"n\":2}"));
      assertThat(asked).containsExactly("/order", "/moved", "/order");
      assertThat(machine.gateway().history(Principal.LOCAL, "e1", 0, 100).items())
          .filteredOn(entry -> entry.type().equals("schema.fetched"))
          .extracting(entry -> entry.task() + " " + entry.reason())
          .containsExactly(
              "null /input/schema/resource/endpoint",
              "last /do/1/last/output/schema/resource/endpoint");

      document = "required: [m]";
      ExecutionView later = run(machine, "e2", "{\"n\":1}");
      assertThat(Objects.requireNonNull(later.error()).type())
          .isEqualTo(ErrorType.VALIDATION.uri());
      assertThat(later.error().instance()).isEqualTo("/input");
    }
  }

  private ExecutionView run(Machine machine, String execution, String input) {
    machine.deployAndStart(
        definition(
                "input: { %s }\ndo: [ { a: { set: { n: 1 } } } ]"
                    .formatted(schema("/order", "t0k3n")))
            .replace("name: schemas", "name: later"),
        "later",
        execution,
        input);
    return machine.await(execution);
  }

  @Test
  void what_can_not_be_had_is_an_error_of_the_task_at_the_endpoint() {
    try (Machine machine = Machine.start(directory)) {
      machine.deployAndStart(
          definition(
              """
              do:
                - t:
                    try: [ { a: { set: { n: 1 }, input: { %s } } } ]
                    catch: { errors: { with: { status: 404 } } }
                - b: { set: { n: 1 }, output: { %s } }
              """
                  .formatted(schema("/nowhere", "t0k3n"), schema("/order", "wrong"))),
          "schemas",
          "e3",
          "{}");
      ExecutionView ended = machine.await("e3");

      assertThat(ended.status()).isEqualTo(Status.FAULTED);
      WorkflowError error = Objects.requireNonNull(ended.error());
      assertThat(error.type()).isEqualTo(ErrorType.COMMUNICATION.uri());
      assertThat(error.status()).isEqualTo(401);
      assertThat(error.instance()).isEqualTo("/do/1/b/output/schema/resource/endpoint");
      assertThat(error.detail()).startsWith("the schema can't be fetched: ");
      assertThat(asked).containsExactly("/nowhere", "/order");
    }
  }

  @Test
  void a_document_that_is_no_schema_faults_the_execution() {
    document = "{\"type\": \"whole\"}";
    try (Machine machine = Machine.start(directory)) {
      ExecutionView ended = run(machine, "e4", "{}");

      WorkflowError error = Objects.requireNonNull(ended.error());
      assertThat(error.type()).isEqualTo(ErrorType.CONFIGURATION.uri());
      assertThat(error.instance()).isEqualTo("/input/schema/resource/endpoint");
    }
  }
}
