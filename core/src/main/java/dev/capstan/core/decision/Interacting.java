package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Addressed;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What people and programs say to a running execution: decisions of human tasks, and updates. It
 * becomes a cloud event for one task, so that whatever the language says of listening holds.
 */
public final class Interacting {
  private static final Decision.Accepted NOTHING = new Decision.Accepted(List.of(), List.of());

  private final Turn turn;
  private final Interpreter interpreter;
  private final Execution execution;

  Interacting(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.interpreter = interpreter;
    this.execution = turn.execution();
  }

  /** What a run listens for; null when nobody can say anything to it. */
  public static @Nullable Interaction of(TaskRun run) {
    return run.task() instanceof Task.Listen task
            && run.progress() instanceof Progress.Listening
            && run.status() == Status.WAITING
        ? task.interaction()
        : null;
  }

  /** The runs that listen for updates, the oldest first. */
  public static List<TaskRun> updates(Execution execution) {
    return execution.status().hasEnded()
        ? List.of()
        : execution.runs().stream().filter(run -> of(run) instanceof Interaction.Update).toList();
  }

  Decision tell(Command.Tell tell) {
    if (execution.addressed(tell.id()) != null) {
      return NOTHING;
    }
    TaskRun run = execution.status().hasEnded() ? null : execution.run(tell.task());
    Interaction interaction = run == null ? null : of(run);
    if (run == null || interaction == null) {
      return notWaiting(tell.task());
    }
    DataSchema schema = interaction.schema();
    List<String> faults = schema == null ? List.of() : schema.violations(tell.data());
    if (!faults.isEmpty()) {
      return new Decision.Rejected(
          Decision.Reason.INVALID_DATA,
          "the data is not what task \"" + run.task().name() + "\" asks for",
          faults);
    }
    CloudEvent event = event(interaction, tell, turn.moment().now());
    if (!interpreter.listening().fits(run, event)) {
      return new Decision.Rejected(
          Decision.Reason.INVALID_DATA,
          "the filter of task \"" + run.task().name() + "\" does not take this data");
    }
    if (!interpreter.listening().deliver(run, event, tell.by())) {
      return notWaiting(tell.task());
    }
    interpreter.walk();
    return turn.accepted();
  }

  private Decision notWaiting(long task) {
    Addressed last = execution.addressedTo(task);
    return new Decision.Rejected(
        Decision.Reason.NOT_WAITING,
        last == null
            ? "task " + task + " waits for nothing from anybody"
            : "task " + task + " was told already, by " + last.by() + " at " + last.at());
  }

  /** As anybody outside could have sent it, but for its source. */
  private CloudEvent event(Interaction interaction, Command.Tell tell, Instant now) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("specversion", "1.0");
    event.put("id", tell.id());
    event.put("source", "/capstan/executions/" + execution.id());
    event.put("time", now.toString());
    event.put("subject", Long.toString(tell.task()));
    event.put("datacontenttype", "application/json");
    if (interaction.event() instanceof ObjectNode wanted) {
      event.setAll(wanted);
    }
    event.set("data", tell.data());
    return new CloudEvent(event);
  }

  Decision assign(Command.AssignHumanTask assign) {
    TaskRun run = execution.status().hasEnded() ? null : execution.run(assign.task());
    if (run == null
        || !(run.progress() instanceof Progress.Listening listening)
        || listening.human() == null
        || !listening.consumed().isEmpty()) {
      return notWaiting(assign.task());
    }
    String assignee = assign.assignee();
    if (assignee != null && !HumanTasks.isName(assignee)) {
      return new Decision.Rejected(
          Decision.Reason.INVALID_DATA, "an assignee is " + HumanTasks.NAME);
    }
    HumanTasks.close(turn, run, listening);
    turn.record(new Event.HumanTaskAssigned(run.id(), assignee, assign.by()));
    HumanTasks.open(run).forEach(turn::effect);
    return turn.accepted();
  }
}
