package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.AttemptToken;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators let nodes take, and when a node may be forgotten. */
class AdmissionTest {
  private final NodesFixture nodes = NodesFixture.inProcess();

  @AfterEach
  void close() {
    nodes.close();
  }

  private WorkerStub join(String id, int slots) {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello(id, slots));
    soon().until(() -> nodes.status(id).equals("active"));
    return worker;
  }

  private void report(WorkerStub worker, AttemptToken token) {
    worker.report(WorkerStub.output(ReportReader.token(token), "1"));
  }

  private String removal(String node) {
    return nodes
        .directory
        .remove(node, "somebody")
        .handle((_, failure) -> String.valueOf(failure))
        .join();
  }

  @Test
  void aNodeThatDrainsTakesNothingNewAndEndsWhatItHas() {
    WorkerStub worker = join("a", 2);
    AttemptToken token = nodes.dispatch("e1");
    KnownNode drained = nodes.directory.admit("a", Admission.DRAINING, "somebody").join();
    assertThat(drained.status()).isEqualTo(NodeStatus.DRAINING);
    assertThat(drained.running()).isEqualTo(1);
    assertThat(nodes.directory.reserve("run:shell", NodesFixture.NOTHING)).isNull();
    report(worker, token);
    soon().until(() -> nodes.partition.reports.size() == 1);
    assertThat(nodes.running("a")).isZero();
    assertThat(nodes.partition.audits).contains("node.drain a");
  }

  @Test
  void onlyANodeThatIsDrainedAndIdleIsRemovedWhileItIsConnected() {
    WorkerStub worker = join("a", 2);
    assertThat(removal("a")).contains("Node a can't be removed: it is active and takes tasks");
    AttemptToken token = nodes.dispatch("e1");
    nodes.directory.admit("a", Admission.DRAINING, "somebody").join();
    assertThat(removal("a")).contains("still runs 1 tasks");
    report(worker, token);
    soon().until(() -> nodes.running("a") == 0);
    nodes.directory.remove("a", "somebody").join();
    assertThat(nodes.directory.nodes()).isEmpty();
    assertThat(worker.goodbye().getRetry()).isFalse();
    assertThat(nodes.partition.audits).contains("node.remove a").doesNotContain("node.lost a");
    assertThat(removal("a")).contains("There is no node a");
  }

  @Test
  void aNodeThatIsGoneIsRemovedForGood() {
    WorkerStub worker = join("a", 1);
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("lost"));
    nodes.directory.remove("a", "somebody").join();
    try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
      assertThat(restarted.directory.nodes()).isEmpty();
    }
  }

  @Test
  void aNodeThatWasRemovedMayJoinAnew() {
    join("a", 1).breakOff();
    soon().until(() -> nodes.status("a").equals("lost"));
    nodes.directory.admit("a", Admission.CORDONED, "somebody").join();
    nodes.directory.remove("a", "somebody").join();
    join("a", 1);
    assertThat(nodes.directory.reserve("run:shell", NodesFixture.NOTHING)).isNotNull();
  }
}
