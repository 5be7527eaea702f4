package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.placement.Peers;
import org.junit.jupiter.api.Test;

/** A node that works for several partitions, as one of them sees it. */
class SharedNodeTest {
  private static WorkerMessage taken(int slots, int elsewhere) {
    return WorkerMessage.newBuilder()
        .setSlots(SlotsChanged.newBuilder().setSlots(slots).setElsewhere(elsewhere))
        .build();
  }

  @Test
  void whatOthersHaveTakenIsNotGivenOutAndCountsAsLoad() {
    try (NodesFixture nodes = NodesFixture.inProcess()) {
      WorkerStub worker = WorkerStub.connect(nodes.channel);
      worker.join(WorkerStub.hello("a", 3));
      soon().until(() -> nodes.directory.nodes().getFirst().status() == NodeStatus.ACTIVE);

      worker.send(taken(3, 2));
      soon().until(() -> nodes.running("a") == 2);
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();

      worker.send(taken(3, 0));
      soon().until(() -> nodes.running("a") == 1);
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
    }
  }
}
