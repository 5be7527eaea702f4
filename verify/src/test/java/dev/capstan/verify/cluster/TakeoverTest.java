package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Gateway.ExecutionFilter;
import dev.capstan.server.gateway.Gateway.MigrationRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.MigrationView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The leading coordinator goes, and its work goes on. */
class TakeoverTest {
  /** Its first task runs until a file is there. */
  private static final String SLOW =
      """
      document: {dsl: '1.0.3', namespace: test, name: slow, version: 1.0.0}
      do:
        - sleep:
            run: {shell: {command: 'until [ -e %s ]; do sleep 0.05; done; echo done'}}
        - pause:
            wait: {milliseconds: 100}
        - after:
            run: {shell: {command: 'echo after'}}
      """;

  @TempDir Path directory;
  private Trio trio;

  @BeforeEach
  void start() {
    trio = new Trio(directory);
    trio.work("w1", 4);
  }

  @AfterEach
  void stop() {
    trio.close();
  }

  private String slow() {
    return SLOW.formatted(gate());
  }

  private Path gate() {
    return directory.resolve("gate");
  }

  private void awaitRunning(int attempts) {
    Awaitility.await()
        .atMost(Trio.PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> trio.worker("w1").status().running() == attempts);
  }

  private List<String> history(String id) {
    return trio.ask(gateway -> gateway.history(Principal.LOCAL, id, 0, 100)).items().stream()
        .map(TakeoverTest::line)
        .toList();
  }

  private static String line(HistoryEntry entry) {
    return entry.type() + (entry.task() == null ? "" : " " + entry.task());
  }

  @Test
  void whatRunsOnAWorkerGoesOnAndReportsToTheNextLeader() throws IOException {
    trio.start(slow(), "e1");
    awaitRunning(1);

    trio.stop(trio.leader());
    Files.createFile(gate());

    assertThat(trio.ended("e1").status()).isEqualTo(Status.COMPLETED);
    assertThat(history("e1").stream().filter(line -> line.equals("task.started sleep")))
        .as("the attempt that ran was not given to a node again")
        .hasSize(1);
    assertThat(trio.worker("w1").status().released()).isZero();
  }

  /** The attempt began in one version, and its result comes to another leader, in another one. */
  @Test
  void anExecutionThatHasMovedGoesOnThereUnderTheNextLeader() throws IOException {
    trio.start(slow(), "e1");
    awaitRunning(1);
    String later =
        slow()
                .replace("version: 1.0.0", "version: 1.1.0")
                .replace("do:\n", "do:\n  - first:\n      set: {never: true}\n")
            + "  - last:\n      set: {moved: true}\n";
    trio.ask(gateway -> gateway.deploy(Principal.LOCAL, later, "later.yaml").join());
    MigrationView moved =
        trio.ask(gateway ->
            gateway
                .migrate(Principal.LOCAL, "e1", new MigrationRequest("1.1.0", false, Map.of()))
                .join());
    assertThat(moved.moved()).as(moved.toString()).isTrue();

    trio.stop(trio.leader());
    Files.createFile(gate());

    ExecutionView ended = trio.ended("e1");
    assertThat(ended.status()).isEqualTo(Status.COMPLETED);
    assertThat(ended.version()).isEqualTo("1.1.0");
    assertThat(String.valueOf(ended.output())).isEqualTo("{\"moved\":true}");
    assertThat(history("e1")).contains("execution.migrated", "task.completed last");
    assertThat(history("e1").stream().filter(line -> line.equals("task.started sleep")))
        .as("the attempt that ran was not given to a node again")
        .hasSize(1);
  }

  @Test
  void whatAScheduleHasGatheredIsThereForTheNextLeader() {
    String gathering =
        """
        document: {dsl: '1.0.3', namespace: test, name: gathering, version: 1.0.0}
        schedule: {on: {any: [{with: {type: counted}}], until: {one: {with: {type: over}}}}}
        do:
          - total: {set: {total: '${ map(.n) | add }'}}
        """;
    trio.ask(gateway -> gateway.deploy(Principal.LOCAL, gathering, "gathering.yaml").join());
    publish("counted", 1);
    publish("counted", 2);

    trio.stop(trio.leader());

    publish("counted", 2);
    publish("counted", 4);
    publish("over", 8);
    ExecutionFilter filter =
        new ExecutionFilter(Status.COMPLETED, "test", "gathering", Map.of(), null);
    List<ExecutionView> started =
        Awaitility.await()
            .atMost(Trio.PATIENCE)
            .until(
                () ->
                    trio.ask(gateway -> gateway.executions(Principal.LOCAL, filter, 10, null))
                        .items(),
                executions -> !executions.isEmpty());
    assertThat(started)
        .singleElement()
        .satisfies(one ->
            assertThat(String.valueOf(trio.ended(one.id()).output())).isEqualTo("{\"total\":7}"));
  }

  private void publish(String type, int number) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("id", type + number).put("source", "/t").put("type", type).put("specversion", "1.0");
    event.putObject("data").put("n", number);
    var _ =
        trio.ask(
            gateway -> gateway.publish(Principal.LOCAL, List.of(new CloudEvent(event))).join());
  }

  @Test
  void aLeaderAfterAnotherLosesNothing() throws IOException {
    for (int i = 0; i < 4; i++) {
      trio.start(slow(), "e" + i);
    }
    awaitRunning(4);
    String first = trio.leader();
    trio.stop(first);
    String second = trio.leader();
    trio.start(first);
    Awaitility.await()
        .atMost(Trio.PATIENCE)
        .until(() -> trio.coordinator(first).gateway().readiness().ready());

    trio.stop(second);
    Files.createFile(gate());

    for (int i = 0; i < 4; i++) {
      assertThat(trio.ended("e" + i).status()).isEqualTo(Status.COMPLETED);
    }
  }
}
