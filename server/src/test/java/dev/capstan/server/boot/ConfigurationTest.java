package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.Tls;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator does what its configuration file says, key by key. */
class ConfigurationTest {
  private static final String TASK =
      """
      document: {dsl: '1.0.0', namespace: test, name: work, version: '1.0.0'}
      do: [{work: {run: {shell: {command: echo}}}}]
      """;

  /** Silence is not told from work here, so that a slow machine loses no node. */
  private static final String PATIENT = "enabled: false, detection_interval: 200ms";

  private static final int INTERVALS = 20;

  @TempDir Path directory;

  private LoneCluster start(String section) throws Exception {
    Path file = directory.resolve("node.yaml");
    Files.writeString(file, "distributed_workflow_engine:\n  " + section + "\n");
    return LoneCluster.start(directory, ConfigFile.read(file, List.of()));
  }

  private static LoneCluster withWorkers(LoneCluster cluster, String... nodes) throws Exception {
    for (String node : nodes) {
      Object _ = cluster.joinWorker(node);
    }
    return cluster;
  }

  private static void run(LoneCluster cluster) {
    Object _ =
        cluster
            .coordinator
            .gateway()
            .start(
                LoneCluster.ADMIN,
                new StartRequest(
                    TASK,
                    null,
                    null,
                    null,
                    JsonNodeFactory.instance.objectNode(),
                    "e1",
                    null,
                    Map.of()))
            .join();
  }

  private static ExecutionView ended(LoneCluster cluster) {
    ExecutionView seen =
        cluster.coordinator.gateway().await(LoneCluster.ADMIN, "e1", LoneCluster.PATIENCE).join();
    assertThat(seen.status()).isEqualTo(Status.FAULTED);
    return seen;
  }

  private static List<HistoryEntry> history(LoneCluster cluster) {
    return cluster.coordinator.gateway().history(LoneCluster.ADMIN, "e1", 0, 100).items();
  }

  private static Instant when(LoneCluster cluster, Predicate<HistoryEntry> entry) {
    return history(cluster).stream().filter(entry).findFirst().orElseThrow().time();
  }

  private static double metric(LoneCluster cluster, String name) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder()
            .sslContext(Tls.httpClient(NodeKeys.none(), cluster.trust()).context())
            .build()) {
      URI address =
          URI.create("https://127.0.0.1:" + cluster.config.node().httpPort() + "/metrics");
      String text =
          client
              .send(
                  HttpRequest.newBuilder(address)
                      .header("Authorization", "Bearer " + cluster.key.text())
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      return text.lines()
          .filter(line -> line.startsWith(name + "{"))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }
  }

  private static double comparisons(LoneCluster cluster) throws Exception {
    return metric(cluster, "capstan_state_comparisons_total");
  }

  /** Each of them has heard and answered so many signs of life more. */
  private static void pass(int intervals, List<HandWorker> workers) {
    List<Integer> before = workers.stream().map(HandWorker::signs).toList();
    for (int i = 0; i < before.size(); i++) {
      HandWorker worker = workers.get(i);
      int enough = before.get(i) + intervals;
      await().until(() -> worker.signs() >= enough);
    }
  }

  /**
   * What came before may still be on its way to the log, so the first of these times counts in
   * which nothing was added; if signs of life were, there would be none.
   */
  @Test
  void noSignOfLifeTouchesTheLog() throws Exception {
    try (LoneCluster cluster =
        withWorkers(start("failure_detection: { " + PATIENT + " }"), "w1", "w2", "w3")) {
      List<HandWorker> workers =
          List.of(
              HandWorker.of(cluster, "w1"),
              HandWorker.of(cluster, "w2"),
              HandWorker.of(cluster, "w3"));

      await()
          .untilAsserted(() -> {
            double before = metric(cluster, "capstan_log_last_index");
            pass(INTERVALS, workers);
            assertThat(metric(cluster, "capstan_log_last_index")).isPositive().isEqualTo(before);
          });
    }
  }

  @Test
  void tasksOfALostNodeFailWhereThatIsTheStrategy() throws Exception {
    try (LoneCluster cluster =
        withWorkers(
            start("failure_detection: { " + PATIENT + ", recovery_strategy: fail }"), "w1", "w2")) {
      HandWorker first = HandWorker.of(cluster, "w1");
      run(cluster);
      Object _ = first.dispatched();
      HandWorker other = HandWorker.of(cluster, "w2");

      first.die();

      assertThat(Objects.requireNonNull(ended(cluster).error()))
          .satisfies(error -> {
            assertThat(error.type()).endsWith("/errors/runtime");
            assertThat(error.status()).isEqualTo(500);
            assertThat(error.detail()).contains("node w1");
          });
      assertThat(other.dispatches()).isEmpty();
    }
  }

  @Test
  void tasksOfALostNodeWaitForItWhereThatIsTheStrategy() throws Exception {
    try (LoneCluster cluster =
        withWorkers(
            start(
                "failure_detection: { "
                    + PATIENT
                    + ", recovery_strategy: retry_same_node, recovery_timeout: 1h }"),
            "w1",
            "w2")) {
      HandWorker first = HandWorker.of(cluster, "w1");
      run(cluster);
      Object _ = first.dispatched();
      HandWorker other = HandWorker.of(cluster, "w2");

      first.die();
      await().until(() -> history(cluster).stream().anyMatch(ConfigurationTest::tellsOfTheLoss));
      HandWorker back = HandWorker.of(cluster, "w1");

      assertThat(back.dispatched().getToken().getAttempt()).isEqualTo(2);
      assertThat(other.dispatches()).isEmpty();
    }
  }

  @Test
  void theyDoSoNoLongerThanTheConfigurationSays() throws Exception {
    try (LoneCluster cluster =
        withWorkers(
            start(
                "failure_detection: { "
                    + PATIENT
                    + ", recovery_strategy: retry_same_node, recovery_timeout: 700ms }"),
            "w1",
            "w2")) {
      HandWorker first = HandWorker.of(cluster, "w1");
      run(cluster);
      Object _ = first.dispatched();
      HandWorker other = HandWorker.of(cluster, "w2");

      first.die();

      assertThat(other.dispatched().getToken().getAttempt()).isEqualTo(2);
      Instant lost = when(cluster, ConfigurationTest::tellsOfTheLoss);
      Instant again =
          when(cluster, entry -> Objects.equals(entry.node(), "w2") && entry.attempt() != null);
      assertThat(Duration.between(lost, again)).isGreaterThanOrEqualTo(Duration.ofMillis(700));
    }
  }

  private static boolean tellsOfTheLoss(HistoryEntry entry) {
    return entry.reason() != null && entry.reason().contains("node w1");
  }

  @Test
  void aTaskWaitsForANodeNoLongerThanTheConfigurationSays() throws Exception {
    try (LoneCluster cluster = start("scheduling: { queue_timeout: 300ms }")) {
      run(cluster);

      ExecutionView ended = ended(cluster);

      assertThat(Objects.requireNonNull(ended.error()))
          .satisfies(error -> {
            assertThat(error.type()).endsWith("/errors/timeout");
            assertThat(error.status()).isEqualTo(408);
            assertThat(error.detail()).contains("no node took the task");
          });
      assertThat(Duration.between(ended.startedAt(), Objects.requireNonNull(ended.endedAt())))
          .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }
  }

  @Test
  void replicasAreComparedAsOftenAsTheConfigurationSays() throws Exception {
    try (LoneCluster cluster = start("state_sync: { sync_interval: 100ms }")) {
      await().until(() -> comparisons(cluster) >= 3);
    }
  }

  private void nothingIsCompared(String stateSync, int intervals) throws Exception {
    try (LoneCluster cluster =
        withWorkers(
            start("failure_detection: { " + PATIENT + " }\n  state_sync: { " + stateSync + " }"),
            "w1")) {
      pass(intervals, List.of(HandWorker.of(cluster, "w1")));

      assertThat(comparisons(cluster)).isZero();
    }
  }

  @Test
  void replicasAreNotComparedMoreOftenThanTheConfigurationSays() throws Exception {
    // Two seconds, in which the usual interval is over twice.
    nothingIsCompared("sync_interval: 1h", 2 * INTERVALS);
  }

  @Test
  void replicasAreNotComparedWhereThatIsSwitchedOff() throws Exception {
    nothingIsCompared("enabled: false, sync_interval: 100ms", INTERVALS);
  }
}
