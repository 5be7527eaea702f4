package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.Capacity;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import dev.capstan.server.partition.RecordingPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
        .control()
        .remove(node, false, "somebody")
        .handle((_, failure) -> String.valueOf(failure))
        .join();
  }

  @Test
  void aNodeThatDrainsTakesNothingNewAndEndsWhatItHas() {
    WorkerStub worker = join("a", 2);
    AttemptToken token = nodes.dispatch("e1");
    KnownNode drained =
        nodes.directory.control().admit("a", Admission.DRAINING, null, "somebody").join();
    assertThat(drained.status()).isEqualTo(NodeStatus.DRAINING);
    assertThat(drained.running()).isEqualTo(1);
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
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
    nodes.directory.control().admit("a", Admission.DRAINING, null, "somebody").join();
    assertThat(removal("a")).contains("still runs 1 tasks");
    report(worker, token);
    soon().until(() -> nodes.running("a") == 0);
    nodes.directory.control().remove("a", false, "somebody").join();
    assertThat(nodes.directory.nodes()).isEmpty();
    assertThat(worker.goodbye().getRetry()).isFalse();
    assertThat(nodes.partition.audits).contains("node.remove a").doesNotContain("node.lost a");
    assertThat(removal("a")).contains("There is no node a");
  }

  @Test
  void aBusyNodeIsRemovedByForce() {
    WorkerStub worker = join("a", 2);
    AttemptToken token = nodes.dispatch("e1");

    nodes.directory.control().remove("a", true, "somebody").join();

    assertThat(worker.goodbye().getRetry()).isFalse();
    soon().until(worker::ended);
    assertThat(nodes.directory.nodes()).isEmpty();
    assertThat(nodes.partition.lost)
        .extracting(RecordingPartition.Lost::node, RecordingPartition.Lost::forGood)
        .containsExactly(tuple("a", true));
    assertThat(nodes.partition.audits).contains("node.remove a").doesNotContain("node.lost a");
    report(worker, token);
    assertThat(nodes.partition.reports).isEmpty();
  }

  @Test
  void whatIsToBeRemovedGetsNothingNewBeforeThatIsDurable() {
    join("a", 2);
    nodes.partition.pause();
    var removed = nodes.directory.control().remove("a", true, "somebody");
    nodes.partition.decide();

    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
    nodes.partition.commit();
    assertThat(removed).isCompleted();
  }

  /** The second one is refused while the first one is not durable yet. */
  @Test
  void aRemovalThatIsRefusedSparesNobodyWhoIsBeingRemoved() {
    join("a", 2);
    nodes.partition.pause();
    var removed = nodes.directory.control().remove("a", true, "somebody");
    nodes.partition.decide();
    var refused = nodes.directory.control().remove("a", false, "somebody else");
    nodes.partition.decide();

    assertThat(refused).isCompletedExceptionally();
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
    nodes.partition.commit();
    assertThat(removed).isCompleted();
  }

  @Test
  void whatCanNotBeRemovedGetsTasksAgain() {
    join("a", 2);
    nodes.partition.pause();
    var removed = nodes.directory.control().remove("a", true, "somebody");
    nodes.partition.refuse();

    assertThat(removed).isCompletedExceptionally();
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
  }

  @Test
  void aNodeThatIsGoneIsRemovedForGood() {
    WorkerStub worker = join("a", 1);
    worker.breakOff();
    soon().until(() -> nodes.status("a").equals("lost"));
    nodes.directory.control().remove("a", false, "somebody").join();
    try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
      assertThat(restarted.directory.nodes()).isEmpty();
    }
  }

  @Test
  void aNodeThatWasRemovedMayJoinAnew() {
    join("a", 1).breakOff();
    soon().until(() -> nodes.status("a").equals("lost"));
    nodes.directory.control().admit("a", Admission.CORDONED, null, "somebody").join();
    nodes.directory.control().remove("a", false, "somebody").join();
    join("a", 1);
    assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
  }

  @Test
  void whatADrainedNodeStillRunsIsTakenFromItWhenItsTimeIsOver() {
    join("a", 3);
    AttemptToken first = nodes.dispatch("e1");
    AttemptToken second = nodes.dispatch("e2");
    KnownNode draining =
        nodes
            .directory
            .control()
            .admit("a", Admission.DRAINING, Duration.ofMillis(300), "somebody")
            .join();
    assertThat(draining.orders().drainBy()).isEqualTo(Instant.ofEpochMilli(300));
    nodes.time.advance(Duration.ofMillis(299));
    nodes.directory.tick(nodes.time.nanos());
    assertThat(nodes.partition.reports).isEmpty();
    nodes.time.advance(Duration.ofMillis(1));
    nodes.directory.tick(nodes.time.nanos());
    nodes.directory.tick(nodes.time.nanos());
    String reason = "the time of node a to drain was over";
    assertThat(nodes.partition.reports)
        .as("each is taken once")
        .containsExactlyInAnyOrder(
            new Command.ReportReturned(first, reason, Command.Return.MOVED),
            new Command.ReportReturned(second, reason, Command.Return.MOVED));
    assertThat(nodes.running("a")).as("until the node has stopped them").isEqualTo(2);
  }

  @Test
  void aDrainsTimeOutlivesTheCoordinatorAndEndsWithTheDrain() {
    join("a", 1);
    NodeControl control = nodes.directory.control();
    control.admit("a", Admission.DRAINING, Duration.ofMinutes(5), "somebody").join();
    try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
      assertThat(restarted.directory.nodes().getFirst().orders().drainBy())
          .isEqualTo(Instant.ofEpochSecond(300));
    }
    assertThat(control.admit("a", Admission.OPEN, null, "somebody").join().orders())
        .isEqualTo(NodeOrders.NONE);
  }

  @Test
  void labelsAreGivenAndTakenAtRunTimeAndOutliveTheCoordinator() {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello("a", 1).putLabels("zone", "x").putFound("python3", "true"));
    soon().until(() -> nodes.status("a").equals("active"));
    Demand wanted = demand("{\"require\":{\"tier\":\"gold\",\"zone\":{\"exists\":false}}}");
    assertThat(nodes.board.reserve(wanted, Peers.NONE)).isNull();
    int before = nodes.partition.slotsFreed.get();

    KnownNode labelled =
        nodes
            .directory
            .control()
            .label("a", Map.of("tier", "gold"), List.of("zone", "never-there"), "somebody")
            .join();

    assertThat(labelled.labels()).isEqualTo(Map.of("tier", "gold"));
    assertThat(nodes.partition.slotsFreed.get())
        .as("what waits is looked at")
        .isGreaterThan(before);
    assertThat(nodes.board.reserve(wanted, Peers.NONE)).isNotNull();
    assertThat(nodes.partition.audits).contains("node.label a");
    try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
      WorkerStub back = WorkerStub.connect(restarted.channel);
      back.join(WorkerStub.hello("a", 1).putLabels("zone", "x"));
      soon().until(() -> restarted.status("a").equals("active"));
      assertThat(restarted.board.reserve(wanted, Peers.NONE)).isNotNull();
      KnownNode again =
          restarted
              .directory
              .control()
              .label("a", Map.of("zone", "y"), List.of("tier"), "me")
              .join();
      assertThat(again.labels()).isEqualTo(Map.of("zone", "y"));
    }
  }

  @Test
  void labelsThatCanNotBeAreRefusedAndNothingChanges() {
    join("a", 1);
    assertThat(nodes.directory.control().label("a", Map.of("no good", "x"), List.of(), "me"))
        .failsWithin(Duration.ofSeconds(60))
        .withThrowableThat()
        .withMessageContaining("a label's name must be letters, digits");
    assertThat(nodes.directory.control().label("b", Map.of("x", "y"), List.of(), "me"))
        .failsWithin(Duration.ofSeconds(60))
        .withThrowableThat()
        .withMessageContaining("There is no node b");
    assertThat(nodes.directory.nodes().getFirst().labels()).isEmpty();
  }

  @Test
  void whatANodeFindsOnItselfLaterIsRegisteredAndCounts() {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello("a", 1));
    soon().until(() -> nodes.status("a").equals("active"));
    Demand wanted = demand("{\"require\":{\"gpu\":true,\"memory\":{\"atLeast\":\"1GiB\"}}}");
    assertThat(nodes.board.reserve(wanted, Peers.NONE)).isNull();
    assertThat(nodes.board.whyWaiting("run:shell", json("{\"require\":{\"gpu\":true}}")))
        .isEqualTo("needs label gpu=true: 0 of 1 node with kind run:shell has it");

    Capabilities more =
        Capabilities.newBuilder()
            .addKinds("run:shell")
            .setCapacity(Capacity.newBuilder().setMemoryBytes(2L << 30))
            .putFound("gpu", "true")
            .build();
    worker.send(WorkerMessage.newBuilder().setCapabilities(more).build());
    worker.send(WorkerMessage.newBuilder().setCapabilities(more).build());

    soon().until(() -> nodes.board.reserve(wanted, Peers.NONE) != null);
    assertThat(nodes.partition.audits.stream().filter("node.change a"::equals)).hasSize(1);
    try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
      assertThat(restarted.directory.nodes().getFirst().profile().found())
          .isEqualTo(Map.of("gpu", "true"));
    }
  }

  private static NodeCapabilities finding(Map<String, String> found) {
    return new NodeCapabilities(List.of("run:shell"), found, 1, 1, 1);
  }

  private Map<String, String> stored(String id) {
    return NodeRows.readAll(nodes.partition.store()).stream()
        .map(NodeRows.Row::profile)
        .filter(profile -> profile.id().equals(id))
        .findFirst()
        .orElseThrow()
        .found();
  }

  /** Lets everything be decided and be durable, and what follows from that. */
  private void settle() {
    while (nodes.partition.decide() + nodes.partition.commit() > 0) {}
  }

  @Test
  void whatANodeSaysLastCountsThoughTheWordBeforeIsStillOnItsWay() {
    join("a", 1);
    LiveNode node = nodes.live("a");
    nodes.partition.pause();
    nodes.directory.changed(node, finding(Map.of()));
    settle();
    nodes.directory.changed(node, finding(Map.of("gpu", "true")));
    nodes.partition.decide();
    nodes.directory.changed(node, finding(Map.of()));
    settle();
    assertThat(node.profile().found()).isEmpty();
    assertThat(stored("a")).isEmpty();

    nodes.directory.changed(node, finding(Map.of("gpu", "true")));
    nodes.directory.changed(node, finding(Map.of("python3", "true")));
    nodes.directory.changed(node, finding(Map.of("ssd", "true")));
    settle();
    assertThat(node.profile().found()).isEqualTo(Map.of("ssd", "true"));
    assertThat(stored("a")).isEqualTo(Map.of("ssd", "true"));
  }

  @Test
  void whatCouldNotBeStoredOfANodeIsTriedAgainWithTheTick() {
    join("a", 1);
    LiveNode node = nodes.live("a");
    nodes.partition.pause();
    nodes.directory.changed(node, finding(Map.of("gpu", "true")));
    nodes.partition.refuse();
    assertThat(node.profile().found()).isEmpty();
    nodes.directory.tick(nodes.time.nanos());
    nodes.directory.tick(nodes.time.nanos());
    assertThat(nodes.partition.undecided()).as("one at a time").isEqualTo(1);
    settle();
    assertThat(node.profile().found()).isEqualTo(Map.of("gpu", "true"));
    assertThat(stored("a")).isEqualTo(Map.of("gpu", "true"));
    nodes.directory.tick(nodes.time.nanos());
    assertThat(nodes.partition.undecided()).isZero();
  }

  private static Demand demand(String metadata) {
    return Demand.of("run:shell", json(metadata));
  }

  private static JsonNode json(String text) {
    try {
      return new JsonMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
