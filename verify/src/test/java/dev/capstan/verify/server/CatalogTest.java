package dev.capstan.verify.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
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

/** A function comes from a catalog behind HTTP, and stays what it was. */
class CatalogTest {
  @TempDir Path directory;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer catalog;
  private volatile String document = "";

  @BeforeEach
  void openCatalog() throws IOException {
    catalog = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    catalog.createContext(
        "/functions/work/1.0.0/function.yaml",
        exchange -> {
          asked.add(exchange.getRequestMethod());
          byte[] body = document.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    catalog.start();
  }

  @AfterEach
  void closeCatalog() {
    catalog.stop(0);
  }

  private String definition() {
    return """
    document: { dsl: '1.0.3', namespace: test, name: catalog, version: '1.0.0' }
    use: { catalogs: { own: { endpoint: 'http://127.0.0.1:%d' } } }
    do:
      - one: { call: 'work:1.0.0@own', with: { who: one } }
      - two: { call: 'work:1.0.0@own', with: { who: '${ "after " + . }' } }
    """
        .formatted(catalog.getAddress().getPort());
  }

  private static String waiting(String word, Path marker) {
    return """
    do:
      - middle:
          run: { shell: { command: 'until [ -e %s ]; do sleep 0.05; done; echo %s' } }
          output: { as: '${ . + " " + $input.who }' }
    """
        .formatted(marker, word);
  }

  @Test
  void an_execution_keeps_to_the_function_that_it_fetched_when_catalog_and_coordinator_change()
      throws IOException {
    Path marker = directory.resolve("go");
    document = waiting("first", marker);
    try (Machine machine = Machine.start(directory)) {
      machine.deployAndStart(definition(), "catalog", "e1", "{}");
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() ->
              machine.gateway().execution(Principal.LOCAL, "e1").tasks().stream()
                  .anyMatch(task -> task.name().equals("middle") && task.node() != null));
    }
    document = "set: '${ \"changed\" }'";
    Files.createFile(marker);

    try (Machine machine = Machine.start(directory)) {
      ExecutionView ended = machine.await("e1");

      assertThat(ended.error()).isNull();
      assertThat(ended.output()).isEqualTo(Machine.json("\"first after first one\""));
      assertThat(asked).containsExactly("GET");
      List<HistoryEntry> history = machine.gateway().history(Principal.LOCAL, "e1", 0, 100).items();
      assertThat(history)
          .filteredOn(entry -> entry.type().equals("function.fetched"))
          .singleElement()
          .satisfies(entry -> assertThat(entry.task()).isEqualTo("one"));
      assertThat(explained(machine, history, "middle"))
          .isEqualTo("/use/functions/work:1.0.0@own/do/0/middle");
    }
  }

  private static String explained(Machine machine, List<HistoryEntry> history, String task) {
    TaskId id =
        history.stream()
            .filter(entry -> task.equals(entry.task()))
            .map(entry -> Objects.requireNonNull(entry.taskId()))
            .findFirst()
            .orElseThrow();
    return machine.gateway().explain(Principal.LOCAL, id).reference();
  }

  @Test
  void a_document_that_is_no_function_faults_its_call() {
    document = "do: [ { a: { sett: { n: 1 } } } ]";
    try (Machine machine = Machine.start(directory)) {
      machine.deployAndStart(definition(), "catalog", "e2", "{}");
      ExecutionView ended = machine.await("e2");

      assertThat(ended.status()).isEqualTo(Status.FAULTED);
      WorkflowError error = Objects.requireNonNull(ended.error());
      assertThat(error.instance()).isEqualTo("/do/0/one");
      assertThat(error.detail())
          .startsWith("work:1.0.0@own is not a valid function: unknown property \"sett\"");
    }
  }
}
