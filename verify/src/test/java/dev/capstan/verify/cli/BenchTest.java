package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load generator works; how fast is no matter of tests. */
class BenchTest {
  /** Nine processes are started; most of the time goes by with that. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @TempDir Path directory;

  @Test
  void rowsAreReportedAsJsonAndAsAPageAndNothingIsLeftBehind() throws IOException {
    Ended bench =
        Shell.in(directory)
            .run(
                "bench",
                "--workloads=W1,W2,W3,W5,W6",
                "--in-flight=1,80,90",
                "--warm-up=0.2s",
                "--window=0.5s",
                "--windows=2",
                "--waiting=1000",
                "--output=json",
                "--report=page.html");

    assertThat(bench.exitCode()).as(bench.err()).isZero();
    JsonNode rows = new ObjectMapper().readTree(bench.out()).path("rows");
    assertThat(rows)
        .extracting(row -> row.path("workload").asText() + " " + row.path("inFlight").asInt())
        .containsExactly(
            "W1 1", "W1 80", "W1 90", "W2 1", "W2 80", "W2 90", "W3 1", "W3 64", "W5 1", "W6 0");
    assertThat(rows)
        .allSatisfy(row -> {
          assertThat(row.path("errors").asInt()).isZero();
          assertThat(row.path("latencyMillis").path("p50").asDouble()).isPositive();
        });
    assertThat(rows.get(0).path("windows")).hasSize(2);
    assertThat(Files.readString(directory.resolve("page.html")))
        .contains("<svg", "W1 one task")
        .doesNotContain("src=", "href=");
    assertThat(directory.resolve(".capstan")).isEmptyDirectory();
  }

  @Test
  void aClusterIsMeasuredWithItsPromisesAndNothingIsLost() throws IOException {
    Ended bench;
    try (Started started =
        Shell.in(directory)
            .with("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -Xmx512m")
            .start(
                "bench",
                "--coordinators=3",
                "--kills=1",
                "--workers=4",
                "--tasks=400",
                "--silent-tasks=400",
                "--warm-up=1s",
                "--window=1s",
                "--windows=1",
                "--lenient",
                "--output=json",
                "--report=table.md")) {
      bench = started.awaitEnd(PATIENCE);
    }

    assertThat(bench.exitCode()).as(bench.err() + bench.out()).isZero();
    JsonNode report = new ObjectMapper().readTree(bench.out());
    JsonNode rows = report.path("runs").path(0).path("rows");
    assertThat(rows)
        .extracting(row -> row.path("name").asText() + ": " + row.path("count").asInt())
        .contains(
            "node registers, cold: 1",
            "node registers, warm: 30",
            "node put out: its streams are cut after: 20",
            "W1, 64 in flight: executions a second: 1",
            "W1 over HTTP, 64 in flight: executions a second: 1",
            "acknowledged to applied on a follower: 400",
            "leader killed: longest gap between acknowledged starts: 1",
            "leader killed: longest gap between completions: 1",
            "leader killed: errors at clients: 1",
            "leader stopped in order: longest gap between acknowledged starts: 1",
            "leader stopped in order: longest gap between completions: 1",
            "leader stopped in order: errors at clients: 1",
            "node registers, its process started anew: 3",
            "worker killed (kill -9) with 100 tasks: the last runs elsewhere after: 1",
            "worker hangs (SIGSTOP) with 100 tasks: the last runs elsewhere after: 1",
            "nodes join, 16 at a time: 4",
            "nodes register, 16 at a time: 4",
            "nodes register: all of them: 1",
            "half of the workers die: a task runs elsewhere after: 200",
            "half of the workers fall silent: a task runs elsewhere after: 200",
            "tasks lost when half of the workers fell silent: 1",
            "tasks held at the same moment: 1",
            "all let go: an execution has ended after: 4",
            "tasks lost of those held: 1",
            "acknowledged work lost: 1",
            "c1: processor time: 1",
            "c3: processor time: 1");
    assertThat(rows)
        .allSatisfy(row -> {
          assertThat(row.path("errors").asInt()).as("%s", row).isZero();
          assertThat(row.path("p50").asDouble())
              .as("%s", row)
              .isLessThanOrEqualTo(row.path("p99").asDouble());
          assertThat(row.path("p99").asDouble())
              .as("%s", row)
              .isLessThanOrEqualTo(row.path("max").asDouble());
        });
    assertThat(rows)
        .filteredOn(row -> row.path("name").asText().equals("tasks held at the same moment"))
        .allSatisfy(row -> assertThat(row.path("max").asInt()).isEqualTo(400));
    assertThat(rows)
        .filteredOn(row -> row.path("name").asText().endsWith("heap in use"))
        .hasSize(3)
        .allSatisfy(row -> assertThat(row.path("min").asDouble()).isPositive());
    assertThat(rows)
        .filteredOn(row -> row.path("name").asText().contains("lost"))
        .hasSize(3)
        .allSatisfy(row -> assertThat(row.path("kept").asBoolean()).isTrue());
    assertThat(Files.readString(directory.resolve("table.md")))
        .contains("| what | promise |", "| acknowledged work lost | 0: kept |");
    assertThat(directory.resolve(".capstan")).isEmptyDirectory();
  }

  @Test
  void aClusterThatMakesNoSenseIsRefused() {
    refused("half of them fall silent; not 1", "bench", "--workers=1");
    refused("--tasks is a multiple of 100", "bench", "--workers=5", "--tasks=10");
    refused("--silent-tasks is a multiple of 100", "bench", "--workers=5", "--silent-tasks=10");
    refused("--tasks needs workers", "bench", "--workers=0", "--tasks=100");
    refused("--coordinators is 1, 3 or 5, not 2", "bench", "--coordinators=2");
    refused("are for a cluster", "bench", "--kills=3");
    refused("ends in .md for a table", "bench", "--coordinators=3", "--report=page.html");
  }

  private void refused(String why, String... arguments) {
    Ended ended = Shell.in(directory).run(arguments);
    assertThat(ended.exitCode()).as("%s", ended).isEqualTo(2);
    assertThat(ended.err()).contains(why);
  }

  @Test
  void whatCanNotBeMeasuredIsRefused() {
    Ended none = Shell.in(directory).run("bench", "--windows=0");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("windows, in-flight and waiting are at least 1");
    Ended duration = Shell.in(directory).run("bench", "--window=5");
    assertThat(duration.exitCode()).isEqualTo(2);
    assertThat(duration.err()).contains("\"5\" is no duration", "write 10s");
    Ended output = Shell.in(directory).run("bench", "--output=xml");
    assertThat(output.exitCode()).isEqualTo(2);
    assertThat(output.err()).contains("write text or json");
  }
}
