package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The leading coordinator goes, and its work goes on. */
class TakeoverTest {
  private static final String SLOW =
      """
      document: {dsl: '1.0.3', namespace: test, name: slow, version: 1.0.0}
      do:
        - sleep:
            run: {shell: {command: 'sleep 3; echo done'}}
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
  void whatRunsOnAWorkerGoesOnAndReportsToTheNextLeader() {
    trio.start(SLOW, "e1");
    awaitRunning(1);

    trio.stop(trio.leader());

    assertThat(trio.ended("e1").status()).isEqualTo(Status.COMPLETED);
    assertThat(history("e1").stream().filter(line -> line.equals("task.started sleep")))
        .as("the attempt that ran was not given to a node again")
        .hasSize(1);
    assertThat(trio.worker("w1").status().released()).isZero();
  }

  @Test
  void aLeaderAfterAnotherLosesNothing() {
    for (int i = 0; i < 4; i++) {
      trio.start(SLOW, "e" + i);
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

    for (int i = 0; i < 4; i++) {
      assertThat(trio.ended("e" + i).status()).isEqualTo(Status.COMPLETED);
    }
  }
}
