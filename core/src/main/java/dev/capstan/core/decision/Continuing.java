package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.Predecessor;
import dev.capstan.dsl.model.Task;

/**
 * Executions that go on as others ({@code metadata.capstan.continueAsNew}). The task starts its
 * successor as it would start a child and waits until that has begun; then the execution is
 * completed, and whatever else is under way in it is cancelled, as by {@code then: end}. A
 * successor that can't be started faults the task, so that no chain ends without anybody knowing.
 */
final class Continuing {
  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;

  Continuing(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
  }

  /**
   * Whether a task, rather than start a child, lets the execution go on as another one. What is
   * fetched can't end those that call it, and what undoes has to come to its end.
   */
  static boolean continues(TaskRun run) {
    return run.task() instanceof Task.RunWorkflow task
        && task.header().told().path("continueAsNew").asBoolean(false)
        && !Scopes.isForeign(run.parent())
        && !run.isInCompensation();
  }

  /** What starts the successor: it has the labels and the parent of this execution. */
  Message.StartSuccessor successor(TaskRun run, String id, JsonNode workflow, JsonNode input) {
    Predecessor before = execution.predecessor();
    String first = before == null ? execution.id() : before.first();
    return new Message.StartSuccessor(
        id,
        workflow.path("namespace").asText(),
        workflow.path("name").asText(),
        workflow.path("version").asText("latest"),
        input,
        execution.parent(),
        execution.labels(),
        execution.startedBy(),
        new Predecessor(execution.id(), run.id(), first));
  }

  /** The successor has begun, so this execution is over, even if somebody has just suspended it. */
  void begun(TaskRun run, String successor) {
    turn.dropSteps();
    if (execution.isSuspended()) {
      turn.record(new Event.ExecutionResumed("engine"));
    }
    turn.record(new Event.TaskCompleted(run.id(), NullNode.getInstance(), null, null));
    interpreter.releases().cancelBelow(execution.root(), "the execution goes on as " + successor);
    turn.record(new Event.ExecutionCompleted(NullNode.getInstance(), successor));
    interpreter.releases().ended(new Outcome.Continued(successor));
  }
}
