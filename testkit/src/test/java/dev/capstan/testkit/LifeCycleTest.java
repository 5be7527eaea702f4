package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Fold;
import dev.capstan.core.execution.LifeCycle;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tables of life cycles say what happens: no line too few, and none too many. */
class LifeCycleTest {
  private static final int GENERATED = 150;

  private final Set<LifeCycle.Edge> ofExecutions = new LinkedHashSet<>();
  private final Set<LifeCycle.Edge> ofTasks = new LinkedHashSet<>();

  @Test
  void cases_and_generated_workflows_take_every_edge_and_no_other() {
    Case.all()
        .filter(example -> !example.isRefused())
        .forEach(example -> visit(example.run(1_000).engine()));
    for (long seed = 1; seed <= GENERATED; seed++) {
      visit(GeneratedRun.rough(seed).go().engine());
      visit(GeneratedRun.moving(seed).go().engine());
    }
    assertThat(ofExecutions).containsExactlyInAnyOrderElementsOf(LifeCycle.EXECUTION);
    assertThat(ofTasks).containsExactlyInAnyOrderElementsOf(LifeCycle.TASK);
  }

  private void visit(InMemoryEngine engine) {
    for (String id : engine.executions()) {
      Execution execution = Execution.blank(id, engine.definitions());
      for (Event.Recorded recorded : engine.history(id)) {
        for (Event event : recorded.events()) {
          switch (event) {
            case Event.ExecutionEvent e -> visit(execution, e, recorded);
            case Event.TaskEvent e -> visit(execution, e, recorded);
          }
        }
      }
    }
  }

  private void visit(Execution execution, Event.ExecutionEvent event, Event.Recorded recorded) {
    Status before = LifeCycle.statusOf(execution);
    Fold.apply(execution, event, recorded.time());
    ofExecutions.add(new LifeCycle.Edge(before, event.getClass(), LifeCycle.statusOf(execution)));
  }

  private void visit(Execution execution, Event.TaskEvent event, Event.Recorded recorded) {
    long id = LifeCycle.runOf(event);
    TaskRun run = Objects.requireNonNull(execution.run(id));
    Status before = run.status();
    Fold.apply(execution, event, recorded.time());
    ofTasks.add(new LifeCycle.Edge(before, event.getClass(), after(execution, event, run)));
  }

  private static Status after(Execution execution, Event.TaskEvent event, TaskRun run) {
    if (execution.run(run.id()) != null) {
      return run.status();
    }
    return switch (event) {
      case Event.TaskCompleted _ -> Status.COMPLETED;
      case Event.TaskCancelled _ -> Status.CANCELLED;
      // A compensation, which nothing takes up again.
      case Event.TaskFaulted _ -> Status.FAULTED;
      default -> throw new AssertionError(event + " ended a run");
    };
  }

  @Test
  void a_status_that_has_ended_has_no_way_on_but_a_retry_with_another_definition_perhaps() {
    List<LifeCycle.Edge> onwards =
        LifeCycle.EXECUTION.stream().filter(edge -> edge.from().hasEnded()).toList();
    assertThat(onwards)
        .containsExactly(
            new LifeCycle.Edge(Status.FAULTED, Event.ExecutionMigrated.class, Status.FAULTED),
            new LifeCycle.Edge(Status.FAULTED, Event.ExecutionRetried.class, Status.RUNNING));
    assertThat(LifeCycle.TASK).noneMatch(edge -> edge.from().hasEnded());
  }
}
