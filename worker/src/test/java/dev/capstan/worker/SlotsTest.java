package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.WorkerMessage;
import java.nio.file.Path;
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
