package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load generator works; how fast is no matter of tests. */
class BenchTest {
  @TempDir Path directory;

  @Test
  void rowsAreReportedAsJsonAndAsAPageAndNothingIsLeftBehind() throws IOException {
    Ended bench =
        Shell.in(directory)
            .run(
                "bench",
                "--workloads=W1,W2,W3,W5,W6",
                "--in-flight=1,80,90",
                "--warm-up=1s",
                "--window=1s",
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
