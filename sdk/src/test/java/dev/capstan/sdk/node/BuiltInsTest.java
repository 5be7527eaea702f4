package dev.capstan.sdk.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.config.TaskKind;
import dev.capstan.worker.BuiltIn;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every executor that comes with a worker has a kind by which a node's file leaves it out. */
class BuiltInsTest {
  @Test
  void aNodeMayLeaveOutEveryExecutorButTheOneThatMeasures() {
    assertThat(WorkerNode.builtIns(List.of())).isEqualTo(EnumSet.allOf(BuiltIn.class));
    assertThat(WorkerNode.builtIns(List.of(TaskKind.values()))).containsExactly(BuiltIn.NOOP);
  }

  @Test
  void aKindLeavesOutItsOwnExecutor() {
    for (TaskKind kind : TaskKind.values()) {
      assertThat(WorkerNode.builtIn(kind).name()).isEqualTo(kind.name());
      assertThat(WorkerNode.builtIns(List.of(kind)))
          .isEqualTo(EnumSet.complementOf(EnumSet.of(WorkerNode.builtIn(kind))));
    }
  }
}
