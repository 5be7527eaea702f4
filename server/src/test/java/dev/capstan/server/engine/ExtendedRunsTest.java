package dev.capstan.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.capstan.core.history.Event;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The runs of tasks with extensions: the whole, what stands before it, and the task itself. */
class ExtendedRunsTest {
  private final ExtendedRuns runs = new ExtendedRuns();

  private static Event created(long task, long parent, String reference, Integer... extensions) {
    return new Event.TaskCreated(task, parent, reference, 0, null, null, List.of(extensions));
  }

  private static Event completed(long task) {
    return new Event.TaskCompleted(task, null, null, null);
  }

  @Test
  void onlyTheTaskItselfIsInside() {
    assertThat(runs.isInside("e1", created(1, 0, "/do/0/a", 0))).isFalse();
    assertThat(runs.isInside("e1", created(2, 1, "/use/extensions/0/x/before/0/b"))).isFalse();
    assertThat(runs.isInside("e1", completed(2))).isFalse();
    assertThat(runs.isInside("e1", created(3, 1, "/do/0/a"))).isTrue();
    assertThat(runs.isInside("e2", completed(3))).as("another execution's").isFalse();
    assertThat(runs.isInside("e1", completed(3))).isTrue();
    assertThat(runs.isInside("e1", completed(1))).isFalse();
  }

  @Test
  void aTaskThatIsNotExtendedIsNotInside() {
    assertThat(runs.isInside("e1", created(1, 0, "/do/0/a"))).isFalse();
    assertThat(runs.isInside("e1", created(2, 1, "/do/0/a/do/0/b"))).isFalse();
    assertThat(runs.isInside("e1", completed(2))).isFalse();
  }

  @Test
  void whatHasEndedIsForgottenAndWhatFaultedMayGoOn() {
    runs.isInside("e1", created(1, 0, "/do/0/a", 0));
    runs.isInside("e1", created(2, 1, "/do/0/a"));
    assertThat(runs.isInside("e1", new Event.ExecutionRetried("ann"))).isFalse();
    assertThat(runs.isInside("e1", completed(2))).isTrue();
    assertThat(runs.isInside("e1", new Event.ExecutionCompleted(IntNode.valueOf(1)))).isFalse();
    assertThat(runs.isInside("e1", completed(2))).isFalse();
  }
}
