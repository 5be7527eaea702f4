package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.Report;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTest {

  @TempDir Path directory;

  @Test
  void helloSaysWhoTheNodeIsAndWhatItCanDo() throws Exception {
    try (Cluster cluster =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.slots(7).labels(Map.of("zone", "a")))) {
      Hello hello = cluster.coordinator().session(0).hello();

      assertThat(hello.getNodeId()).isEqualTo("node-1");
      assertThat(hello.getName()).isEqualTo("anna");
      assertThat(hello.getSlots()).isEqualTo(7);
      assertThat(hello.getKindsList()).contains("call:http", "capstan:noop", "run:shell");
      assertThat(hello.getLabelsMap()).containsEntry("zone", "a");
      assertThat(hello.getVersion()).isEqualTo("1.2.3");
      assertThat(hello.getCapacity().getProcessors()).isPositive();
      assertThat(hello.getCapacity().getMemoryBytes()).isPositive();
      assertThat(hello.getHoldingList()).isEmpty();
    }
  }

  @Test
  void anUnknownKindIsRefusedAndCostsNoSlot() throws Exception {
    try (Cluster cluster = Cluster.start(directory)) {
      Report report = cluster.run("call:carrier-pigeon", "{}");

      assertThat(report.getRefusal().getReason())
          .contains("call:carrier-pigeon")
          .contains("call:http");
      assertThat(cluster.worker().status().running()).isZero();
    }
  }

  @Test
  void aNoopCompletesWithTheOutputItIsGiven() throws Exception {
    try (Cluster cluster = Cluster.start(directory)) {
      assertThat(cluster.run("capstan:noop", "{\"output\":[1,2]}").getOutput().toStringUtf8())
          .isEqualTo("[1,2]");
    }
  }

  @Test
  void aShellCommandCompletesWithItsOutput() throws Exception {
    try (Cluster cluster = Cluster.start(directory)) {
      Report report = cluster.run("run:shell", "{\"command\":\"echo hi\"}");

      assertThat(report.getOutput().toStringUtf8()).isEqualTo("\"hi\"");
    }
  }
}
