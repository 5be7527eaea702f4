package dev.capstan.verify.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.gateway.Gateway.ExecutionFilter;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the text of a definition to the output of its execution, with nothing replaced. */
class EndToEndTest {
  @TempDir Path directory;

  private static String definition(String name, String tasks) {
    return """
    document:
      dsl: '1.0.0'
      namespace: test
      name: %s
      version: '1.0.0'
    do:
    %s\
    """
        .formatted(name, tasks.indent(2));
  }

  @Test
  void shellAndHttpTasksRunOnAWorkerAndTheirResultsFlowOn() throws IOException {
    HttpServer service =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/greeting",
        exchange -> {
          byte[] body = "{\"greeting\":\"hello\"}".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    service.start();
    String uri = "http://127.0.0.1:" + service.getAddress().getPort() + "/greeting";
    try (Machine machine = Machine.start(directory)) {
      String yaml =
          definition(
              "both",
              """
              - fetch:
                  call: http
                  with:
                    method: get
                    endpoint: %s
              - say:
                  run:
                    shell:
                      command: ${ "printf '%%s %%s' " + .greeting + " " + $workflow.input.name }
              - wrap:
                  set:
                    said: ${ . }
              """
                  .formatted(uri));
      machine.deployAndStart(yaml, "both", "e1", "{\"name\":\"world\"}");
      ExecutionView ended = machine.await("e1");
      assertThat(ended.error()).isNull();
      assertThat(ended.status()).isEqualTo(Status.COMPLETED);
      assertThat(ended.output()).isEqualTo(Machine.json("{\"said\":\"hello world\"}"));
      List<HistoryEntry> history = machine.gateway().history(Principal.LOCAL, "e1", 0, 100).items();
      assertThat(history).extracting(HistoryEntry::type).first().isEqualTo("execution.started");
      assertThat(history).extracting(HistoryEntry::type).last().isEqualTo("execution.completed");
      assertThat(history)
          .filteredOn(entry -> entry.type().equals("task.started") && "say".equals(entry.task()))
          .singleElement()
          .satisfies(entry -> assertThat(entry.node()).isEqualTo("w1"));
      assertThat(history)
          .filteredOn(
              entry -> entry.type().equals("task.completed") && "fetch".equals(entry.task()))
          .singleElement()
          .satisfies(entry ->
              assertThat(entry.output()).isEqualTo(Machine.json("{\"greeting\":\"hello\"}")));
    } finally {
      service.stop(0);
    }
  }

  @Test
  void anExecutionGoesOnAfterTheCoordinatorWasStoppedInTheMiddle() throws IOException {
    Path marker = directory.resolve("go");
    Path runs = directory.resolve("runs");
    String yaml =
        definition(
            "long",
            """
            - once:
                run:
                  shell:
                    command: echo once >> %s
            - middle:
                run:
                  shell:
                    command: while [ ! -e %s ]; do sleep 0.05; done; echo done
            """
                .formatted(runs, marker));
    try (Machine machine = Machine.start(directory)) {
      machine.deployAndStart(yaml, "long", "e2", "{}");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              machine.gateway().execution(Principal.LOCAL, "e2").tasks().stream()
                  .anyMatch(task -> task.name().equals("middle") && task.node() != null));
    }
    Files.createFile(marker);
    try (Machine machine = Machine.start(directory)) {
      ExecutionView ended = machine.await("e2");
      assertThat(ended.error()).isNull();
      assertThat(ended.status()).isEqualTo(Status.COMPLETED);
      assertThat(ended.output()).isEqualTo(Machine.json("\"done\""));
      assertThat(Files.readAllLines(runs)).containsExactly("once");
    }
  }

  @Test
  void secretsWorkAndAreHiddenInWhatIsShown() {
    String yaml =
        """
        document:
          dsl: '1.0.0'
          namespace: test
          name: secret
          version: '1.0.0'
        use:
          secrets: [token]
        do:
          - leak:
              set:
                length: ${ $secrets.token | length }
                text: ${ "token " + $secrets.token }
        """;
    CoordinatorConfig config = CoordinatorConfig.local(directory.resolve("data"));
    try (Machine machine =
        Machine.start(config, directory, Map.of("CAPSTAN_SECRET_token", "s3cr3t"))) {
      machine.deployAndStart(yaml, "secret", "e3", "{}");
      ExecutionView ended = machine.await("e3");
      assertThat(ended.output()).isEqualTo(Machine.json("{\"length\":6,\"text\":\"token ***\"}"));
      assertThat(machine.gateway().history(Principal.LOCAL, "e3", 0, 100).toString())
          .doesNotContain("s3cr3t");
    }
  }

  @Test
  void anIntervalStartsExecutionsThatNobodyAsksFor() {
    String yaml =
        definition("tick", "- say:\n    run:\n      shell:\n        command: echo tick\n")
            .replace("do:", "schedule: { every: PT1S }\ndo:");
    try (Machine machine = Machine.start(directory)) {
      Machine.get(machine.gateway().deploy(Principal.LOCAL, yaml, "tick.yaml"));

      List<ExecutionView> ended = scheduled(machine, "tick", Status.COMPLETED, 3);

      assertThat(ended).extracting(ExecutionView::startedBy).containsOnly(Principal.ENGINE.name());
      assertThat(machine.await(ended.getFirst().id()).output()).isEqualTo(Machine.json("\"tick\""));
    }
  }

  @Test
  void whatStartsAfterAnExecutionStartsAfterOneThatFaultedToo() {
    String yaml =
        definition(
                "again",
                """
                - bad:
                    raise:
                      error: { type: 'https://example.com/bad', status: 500 }
                """)
            .replace("do:", "schedule: { after: PT1S }\ndo:");
    try (Machine machine = Machine.start(directory)) {
      Machine.get(machine.gateway().deploy(Principal.LOCAL, yaml, "again.yaml"));

      assertThat(scheduled(machine, "again", Status.FAULTED, 2)).hasSizeGreaterThan(1);
    }
  }

  @Test
  void whatAScheduleHasGatheredOutlivesTheCoordinator() {
    String yaml =
        definition("gather", "- total: { set: { total: '${ map(.n) | add }' } }\n")
            .replace(
                "do:",
                "schedule: { on: { any: [ { with: { type: counted } } ], until: 'length == 3' } }\n"
                    + "do:");
    try (Machine machine = Machine.start(directory)) {
      Machine.get(machine.gateway().deploy(Principal.LOCAL, yaml, "gather.yaml"));
      assertThat(Machine.get(machine.gateway().publish(Principal.LOCAL, List.of(counted(1)))))
          .isZero();
      Machine.get(machine.gateway().publish(Principal.LOCAL, List.of(counted(2))));
    }
    try (Machine machine = Machine.start(directory)) {
      assertThat(
              Machine.get(
                  machine
                      .gateway()
                      .publish(Principal.LOCAL, List.of(counted(2), counted(4), counted(8)))))
          .isEqualTo(1);
      List<ExecutionView> ended = scheduled(machine, "gather", Status.COMPLETED, 1);
      assertThat(machine.await(ended.getFirst().id()).output())
          .isEqualTo(Machine.json("{\"total\":7}"));
    }
  }

  private static CloudEvent counted(int number) {
    return new CloudEvent(
        Machine.json(
            """
            {"id":"%d","source":"/t","type":"counted","specversion":"1.0","data":{"n":%d}}\
            """
                .formatted(number, number)));
  }

  /** Executions of a definition once so many have ended with a status. */
  private static List<ExecutionView> scheduled(
      Machine machine, String name, Status status, int least) {
    ExecutionFilter filter = new ExecutionFilter(status, "test", name, Map.of(), null);
    return await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> machine.gateway().executions(Principal.LOCAL, filter, 100, null).items(),
            executions -> executions.size() >= least);
  }

  @Test
  void theSameWorksOverHttp() throws IOException, InterruptedException {
    String yaml = definition("web", "- say:\n    run:\n      shell:\n        command: echo hi\n");
    CoordinatorConfig config = CoordinatorConfig.local(directory.resolve("data")).withPorts(0, 0);
    try (Machine machine = Machine.start(config, directory, Map.of());
        HttpClient client = HttpClient.newHttpClient()) {
      String base = "http://127.0.0.1:" + machine.httpPort();
      HttpResponse<String> deployed =
          client.send(
              HttpRequest.newBuilder(URI.create(base + "/v1/definitions"))
                  .header("Content-Type", "application/yaml")
                  .POST(HttpRequest.BodyPublishers.ofString(yaml))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(201);
      HttpResponse<String> started =
          client.send(
              HttpRequest.newBuilder(URI.create(base + "/v1/executions"))
                  .header("Content-Type", "application/json")
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "{\"workflow\":{\"namespace\":\"test\",\"name\":\"web\"},\"id\":\"e4\",\"input\":{}}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(started.statusCode()).as(started.body()).isEqualTo(201);
      HttpResponse<String> ended =
          client.send(
              HttpRequest.newBuilder(URI.create(base + "/v1/executions/e4?wait=60s")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(Machine.json(ended.body()).path("status").asText()).isEqualTo("completed");
      assertThat(Machine.json(ended.body()).path("output").asText()).isEqualTo("hi");
      HttpResponse<String> metrics =
          client.send(
              HttpRequest.newBuilder(URI.create(base + "/metrics")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(metrics.body()).contains("capstan_ready 1.0");
    }
  }
}
