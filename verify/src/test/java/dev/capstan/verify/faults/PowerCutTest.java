package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All coordinators lose their power at once, before any of them has made a snapshot. */
class PowerCutTest {
  private static final List<String> COORDINATORS = List.of("c1", "c2", "c3");
  private static final WorkflowName LONG = new WorkflowName("test", "long", "1.0.0");

  @TempDir Path directory;

  @Test
  void aClusterWhoseCoordinatorsAllDieAtOnceGoesOn() throws Exception {
    try (Fleet fleet = new Fleet(directory, 3, 0)) {
      CapstanClient client = fleet.view().client();
      await().atMost(ClusterView.PATIENCE).until(() -> isComplete(client));
      CapstanClient.await(
          client.deploy(
              """
              document: { dsl: '1.0.3', namespace: test, name: long, version: '1.0.0' }
              do: [{ rest: { wait: { days: 1 } } }]
              """,
              "long.yaml"));
      String before = CapstanClient.await(client.start(StartRequest.of(LONG))).id();

      COORDINATORS.forEach(fleet::kill);
      for (String coordinator : COORDINATORS) {
        fleet.restart(coordinator);
      }

      await()
          .atMost(ClusterView.PATIENCE)
          .ignoreExceptions()
          .until(() -> CapstanClient.await(client.execution(before)).id().equals(before));
      String after = CapstanClient.await(client.start(StartRequest.of(LONG))).id();
      assertThat(after).isNotEqualTo(before);
    }
  }

  /** Whether three hold the log, so that none of them leads alone. */
  private static boolean isComplete(CapstanClient client) {
    return CapstanClient.await(client.cluster()).coordinators().stream()
            .filter(each -> each.role().equals("leader") || each.role().equals("follower"))
            .count()
        == COORDINATORS.size();
  }
}
