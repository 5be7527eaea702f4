package dev.capstan.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ConfigWarningsTest {

  @Test
  void defaultsMeetThePromises() {
    assertThat(ConfigWarnings.warnings(NodeConfig.ofDefaults())).isEmpty();
  }

  @Test
  void whatCanNotMeetAPromiseSaysWhatItCostsAndWhatWouldMeetIt() throws ConfigRefused {
    assertThat(
            warnings(
                """
                node_discovery: { heartbeat_interval: 10s }
                consensus: { election_timeout: 2s }
                failure_detection: { detection_interval: 3s, recovery_strategy: fail }
                """))
        .containsExactly(
            "node_discovery.heartbeat_interval is 10s: promised is that a node is registered within 1s, but one"
                + " that missed a coordinator, or whose capabilities changed, waits up to 10s; 1s or less meets"
                + " it",
            "consensus.election_timeout is 2s: promised is that work goes on within 2s after a leader was"
                + " killed, but its followers wait 2s to 4s before they stand for election; 800ms or less meets"
                + " it",
            "failure_detection.detection_interval is 3s: promised is that tasks of a lost node run elsewhere"
                + " within 2s, but one that is cut off counts as lost only after 3s; 1500ms or less meets it",
            "failure_detection.recovery_strategy is fail: promised is that tasks of a lost node run elsewhere"
                + " within 2s, but they fail; reassign meets it");
  }

  @Test
  void withoutDetectionTheIntervalDoesNotMatter() throws ConfigRefused {
    assertThat(
            warnings(
                """
                failure_detection: { enabled: false, detection_interval: 3s, recovery_strategy: retry_same_node }
                """))
        .containsExactly(
            "failure_detection.enabled is false: promised is that tasks of a lost node run elsewhere within 2s,"
                + " but one that is cut off or hangs is noticed only when its connection breaks, which can take"
                + " minutes; true meets it",
            "failure_detection.recovery_strategy is retry_same_node: promised is that tasks of a lost node run"
                + " elsewhere within 2s, but they wait for it for up to 1m; reassign meets it");
  }

  @Test
  void theLastValueThatMeetsAPromiseIsNotWarnedOf() throws ConfigRefused {
    assertThat(
            warnings(
                """
                node_discovery: { heartbeat_interval: 1s }
                consensus: { election_timeout: 800ms }
                failure_detection: { detection_interval: 1500ms }
                """))
        .isEmpty();
    assertThat(
            warnings(
                """
                node_discovery: { heartbeat_interval: 1001ms }
                consensus: { election_timeout: 801ms }
                failure_detection: { detection_interval: 1501ms }
                """))
        .hasSize(3);
  }

  @Test
  void aNumberOfPartitionsThatTheClusterDoesNotHaveIsSaid() throws ConfigRefused {
    String wanted = "distributed_workflow_engine: { consensus: { partitions: 3 } }";
    NodeConfig config = ConfigFile.parse(wanted, "c.yaml");
    assertThat(ConfigWarnings.partitions(config, 2))
        .hasValue(
            "consensus.partitions is 3: the state of this cluster is in 2 for ever, as it was made, so this counts"
                + " for nothing; remove it, or write 2");
    assertThat(ConfigWarnings.partitions(config, 3)).isEmpty();
    assertThat(ConfigWarnings.partitions(NodeConfig.ofDefaults(), 3))
        .as("nothing is said of it")
        .isEmpty();
  }

  private static List<String> warnings(String sections) throws ConfigRefused {
    String text = "distributed_workflow_engine:\n" + sections.indent(2);
    return ConfigWarnings.warnings(ConfigFile.parse(text, "c.yaml"));
  }
}
