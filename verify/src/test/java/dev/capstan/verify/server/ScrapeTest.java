package dev.capstan.verify.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.core.execution.Status;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.gateway.Principal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a scraper sees of a coordinator that works. */
@Timeout(300)
class ScrapeTest {
  private static final Path REFERENCE = Path.of("../docs/metrics.md");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(capstan_\\w+)` \\| (\\w+) \\|");
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (capstan_\\w+) (\\w+)$");
  private static final Pattern SAMPLE =
      Pattern.compile("(?m)^(capstan_\\w+(?:\\{[^}]*\\})?) (\\S+)$");

  @TempDir Path directory;

  private static String definition(String name, String tasks) {
    return """
    document: {dsl: '1.0.0', namespace: test, name: %s, version: '1.0.0'}
    do:
    """
            .formatted(name)
        + tasks;
  }

  private static String scrape(HttpClient client, Machine machine) {
    URI uri = URI.create("http://127.0.0.1:" + machine.httpPort() + "/metrics");
    return Machine.get(
            client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()))
        .body();
  }

  private static Map<String, Double> samples(String text) {
    Map<String, Double> samples = new TreeMap<>();
    Matcher matcher = SAMPLE.matcher(text);
    while (matcher.find()) {
      samples.put(matcher.group(1), Double.parseDouble(matcher.group(2)));
    }
    return samples;
  }

  private static double value(Map<String, Double> samples, String name) {
    return samples.getOrDefault(name, 0.0);
  }

  /** A batch is counted when it goes to the log, and its time when it is there. */
  private static boolean isAtRest(Map<String, Double> samples) {
    return value(samples, "capstan_partition_batches_total{partition=\"0\"}")
        == value(samples, "capstan_log_commit_seconds_count{partition=\"0\"}");
  }

  /** How much a series has grown; it begins at 0. */
  private static double grown(Map<String, Double> before, Map<String, Double> after, String name) {
    assertThat(after).containsKey(name);
    return value(after, name) - value(before, name);
  }

  @Test
  void everyMetricOfTheReferenceIsThereWithItsTypeAndNoOther() throws IOException {
    try (Machine machine = machine();
        HttpClient client = HttpClient.newHttpClient()) {
      machine.deployAndStart(
          definition(
              "stuck",
              "- work: {run: {shell: {command: echo}}, metadata: {capstan: {require: {gpu: true}}}}\n"),
          "stuck",
          "waits",
          "{}");
      Map<String, String> documented = new TreeMap<>();
      Matcher rows = ROW.matcher(Files.readString(REFERENCE));
      while (rows.find()) {
        boolean timer = rows.group(2).equals("timer");
        documented.put(rows.group(1), timer ? "histogram" : rows.group(2));
        if (timer) {
          documented.put(rows.group(1) + "_max", "gauge");
        }
      }
      // A request is measured when its answer is out, so the first scrape is not in it yet.
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(types(scrape(client, machine))).isEqualTo(documented));
    }
  }

  private static Map<String, String> types(String text) {
    Map<String, String> types = new TreeMap<>();
    Matcher matcher = TYPE.matcher(text);
    while (matcher.find()) {
      types.put(matcher.group(1), matcher.group(2));
    }
    return types;
  }

  @Test
  void countersGrowByWhatHasHappened() {
    try (Machine machine = machine();
        HttpClient client = HttpClient.newHttpClient()) {
      Map<String, Double> before =
          await()
              .atMost(Duration.ofSeconds(60))
              .until(
                  () -> samples(scrape(client, machine)),
                  read ->
                      value(read, "capstan_slots") == 4
                          && value(read, "capstan_audit_entries_total{partition=\"0\"}") == 1
                          && isAtRest(read));
      machine.deployAndStart(
          definition("works", "- say: {run: {shell: {command: echo hi}}}\n- put: {set: {a: 1}}\n"),
          "works",
          "w1",
          "{}");
      assertThat(machine.await("w1").status()).isEqualTo(Status.COMPLETED);
      machine.deployAndStart(
          definition(
              "fails",
              "- no: {raise: {error: {type: https://example.com/no, status: 500, title: no}}}\n"),
          "fails",
          "f1",
          "{}");
      assertThat(machine.await("f1").status()).isEqualTo(Status.FAULTED);
      machine.deployAndStart(
          definition("waits", "- wait: {wait: {hours: 1}}\n"), "waits", "c1", "{}");
      // Answers are given before listeners are told, those who count among them.
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() ->
              assertThat(samples(scrape(client, machine)))
                  .containsEntry("capstan_executions_open{partition=\"0\"}", 1.0)
                  .containsEntry("capstan_timers_armed{partition=\"0\"}", 1.0));
      Machine.get(machine.gateway().cancel(Principal.LOCAL, "c1", null));

      String p = "{partition=\"0\"}";
      String cancelled = "capstan_executions_ended_total{partition=\"0\",status=\"cancelled\"}";
      Map<String, Double> after =
          await()
              .atMost(Duration.ofSeconds(60))
              .until(
                  () -> samples(scrape(client, machine)),
                  read -> grown(before, read, cancelled) == 1 && isAtRest(read));
      assertThat(grown(before, after, "capstan_executions_started_total" + p)).isEqualTo(3);
      for (String status : new String[] {"completed", "faulted", "cancelled"}) {
        String labels = "{partition=\"0\",status=\"" + status + "\"}";
        assertThat(grown(before, after, "capstan_executions_ended_total" + labels))
            .as(status)
            .isEqualTo(1);
      }
      assertThat(after).containsEntry("capstan_executions_open" + p, 0.0);
      assertThat(grown(before, after, "capstan_tasks_begun_total" + p)).isGreaterThanOrEqualTo(4);
      assertThat(grown(before, after, "capstan_tasks_dispatched_total" + p)).isEqualTo(1);
      assertThat(grown(before, after, "capstan_start_dispatch_seconds_count" + p)).isEqualTo(1);
      assertThat(grown(before, after, "capstan_task_dispatch_seconds_count" + p)).isEqualTo(1);
      assertThat(grown(before, after, "capstan_start_dispatch_seconds_sum" + p))
          .isPositive()
          .isLessThan(30);
      assertThat(grown(before, after, "capstan_log_commit_seconds_count" + p))
          .isEqualTo(grown(before, after, "capstan_partition_batches_total" + p))
          .isPositive();
      assertThat(grown(before, after, "capstan_audit_entries_total" + p)).isEqualTo(3 + 3 + 1);
      assertThat(
              grown(
                  before,
                  after,
                  "capstan_partition_commands_total{partition=\"0\",result=\"accepted\"}"))
          .isPositive();
      assertThat(after)
          .containsEntry("capstan_tasks_running" + p, 0.0)
          .containsEntry("capstan_slots_used", 0.0)
          .containsEntry("capstan_reports_stale_total{reason=\"token\"}", 0.0);
      assertThat(value(after, "capstan_log_last_index" + p))
          .isGreaterThan(value(before, "capstan_log_last_index" + p));
      assertThat(value(after, "capstan_disk_free_bytes")).isPositive();
      assertThat(value(after, "capstan_store_cache_bytes")).isNotNegative();
    }
  }

  @Test
  void executionsThatAreOpenAreCountedAgainAfterARestart() {
    try (Machine machine = machine()) {
      machine.deployAndStart(
          definition("waits", "- wait: {wait: {hours: 1}}\n"), "waits", "o1", "{}");
    }
    try (Machine machine = machine();
        HttpClient client = HttpClient.newHttpClient()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() ->
              assertThat(samples(scrape(client, machine)))
                  .containsEntry("capstan_executions_open{partition=\"0\"}", 1.0));
    }
  }

  private Machine machine() {
    CoordinatorConfig config = CoordinatorConfig.local(directory.resolve("data")).withPorts(0, 0);
    return Machine.start(config, directory, Map.of());
  }
}
