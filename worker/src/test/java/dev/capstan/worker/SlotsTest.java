package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.process.Workspaces;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node runs as many attempts as it has slots, and refuses the rest. */
class SlotsTest {

  @TempDir Path directory;

  private final Gate gate = new Gate();

  private Cluster cluster(int slots) throws Exception {
    return Cluster.start(
        directory, new FakeCoordinator(), options -> options.slots(slots).executor(gate));
  }

  @Test
  void beyondTheSlotsADispatchIsRefused() throws Exception {
    try (Cluster cluster = cluster(2)) {
      FakeCoordinator coordinator = cluster.coordinator();
      Dispatch first = coordinator.dispatch(Gate.KIND, "{}");
      Dispatch second = coordinator.dispatch(Gate.KIND, "{}");
      Dispatch third = coordinator.dispatch(Gate.KIND, "{}");

      coordinator.session(0).send(first, second, third);

      assertThat(coordinator.report(third.getToken()).getRefusal().getReason())
          .isEqualTo("no free slot: all 2 are taken");
      assertThat(cluster.worker().status().running()).isEqualTo(2);
      assertThat(cluster.worker().status().refused()).isEqualTo(1);

      gate.open();
      coordinator.report(first.getToken());
      coordinator.report(second.getToken());

      assertThat(cluster.run(Gate.KIND, "{}").getOutput().toStringUtf8()).isEqualTo("7");
    }
  }

  @Test
  void aSlotIsFreeBeforeItsReportIsSeen() throws Exception {
    gate.open();
    try (Cluster cluster = cluster(1)) {
      for (int i = 0; i < 300; i++) {
        assertThat(cluster.run(Gate.KIND, "{}").hasRefusal()).isFalse();
      }
    }
  }

  @Test
  void aNoopNeedsNoSlot() throws Exception {
    try (Cluster cluster = cluster(1)) {
      cluster.coordinator().session(0).send(cluster.coordinator().dispatch(Gate.KIND, "{}"));
      gate.awaitEntered(1);

      assertThat(cluster.run("capstan:noop", "{}").hasOutput()).isTrue();
    }
  }

  @Test
  void aChangedNumberOfSlotsCountsAtOnceAndIsTold() throws Exception {
    try (Cluster cluster = cluster(1)) {
      FakeCoordinator coordinator = cluster.coordinator();
      coordinator.session(0).send(coordinator.dispatch(Gate.KIND, "{}"));
      gate.awaitEntered(1);

      cluster.worker().resize(2);
      coordinator.session(0).send(coordinator.dispatch(Gate.KIND, "{}"));
      gate.awaitEntered(2);

      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() ->
              coordinator.session(0).messages().stream()
                  .filter(WorkerMessage::hasSlots)
                  .anyMatch(message -> message.getSlots().getSlots() == 2));
      assertThatThrownBy(() -> cluster.worker().resize(0))
          .hasMessage("slots must be at least 1: 0");
    }
  }

  @Test
  void whatChangesBeforeTheWelcomeIsToldBehindIt() throws Exception {
    FakeCoordinator coordinator = new FakeCoordinator().welcoming(false);
    try (Cluster cluster = Cluster.start(directory, coordinator, options -> options.slots(1))) {
      FakeCoordinator.Stream session = coordinator.session(0);
      assertThat(session.hello().getSlots()).isEqualTo(1);

      cluster.worker().resize(2);
      session.welcome();

      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() ->
              session.messages().stream()
                  .filter(WorkerMessage::hasSlots)
                  .anyMatch(message -> message.getSlots().getSlots() == 2));
    }
  }

  /** Another partition has one slot, an attempt of this one the other. */
  @Test
  void anAttemptThatEndsChangesNothingOfWhatIsTakenElsewhere() throws Exception {
    Slots all = new Slots(2);
    Node node =
        new Node(
            Cluster.options(directory).build(),
            new AtomicReference<>(new Findings(Map.of(), Map.of(), 1, 1, 1)),
            all,
            new Counters(),
            new Workspaces(directory),
            WorkerEnvironment.ofThisMachine());
    Session session = new Session(node, 0, _ -> {});
    assertThat(all.take()).isTrue();
    List<Integer> elsewhere = new ArrayList<>();
    all.onChange(() -> elsewhere.add(session.slots().elsewhere()));
    Dispatch dispatch = new FakeCoordinator().dispatch(Gate.KIND, "{}");
    gate.open();

    assertThat(session.slots().take()).isTrue();
    new RunningAttempt(session, node, gate, Wire.assignment(dispatch)).run();

    assertThat(all.taken()).isEqualTo(1);
    assertThat(elsewhere).containsExactly(1, 1);
    node.environment().release();
  }

  @Test
  void aDispatchThatComesTwiceRunsOnce() throws Exception {
    try (Cluster cluster = cluster(5)) {
      FakeCoordinator coordinator = cluster.coordinator();
      Dispatch dispatch = coordinator.dispatch(Gate.KIND, "{}");

      coordinator.session(0).send(dispatch, dispatch);
      coordinator.session(0).send(dispatch);
      gate.awaitEntered(1);
      gate.open();
      coordinator.report(dispatch.getToken());

      assertThat(gate.entered()).isEqualTo(1);
      assertThat(cluster.worker().status().completed()).isEqualTo(1);
    }
  }
}
