package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.model.Consumption;
import dev.capstan.dsl.model.ForEachEvent;
import dev.capstan.dsl.model.Span;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that consume messages which a node gets for them (DSL reference, AsyncAPI Subscription).
 * The subscription is one long attempt: its node hands over one message at a time and the next only
 * when that one is safe, which is what {@link Effect.ConfirmMessages} says. A message that comes
 * while another is handled is not taken: it comes again.
 *
 * <p>Where the specification is silent: {@code while} and {@code until} see all messages that were
 * consumed so far, as {@code until} of a listener does, and are asked as soon as they can be, so
 * that nobody waits for one more message to learn that there were enough. What a new attempt gets
 * counts together with what earlier ones got.
 */
final class Subscribing {
  private final Turn turn;
  private final Interpreter interpreter;
  private final Scopes scopes;
  private final Handling handling;

  Subscribing(Turn turn, Interpreter interpreter, Scopes scopes, Handling handling) {
    this.turn = turn;
    this.interpreter = interpreter;
    this.scopes = scopes;
    this.handling = handling;
  }

  /**
   * Asks for a node, unless enough was consumed already, and goes on with what is to be handled.
   */
  void start(TaskRun run, Task.Subscribe task) {
    boolean handles =
        handling.isBusy(run)
            || (run.progress() instanceof Progress.Consuming progress
                && hasUnhandled(task, progress));
    if (handles || !isEnded(run, task, false)) {
      interpreter.enqueue(run, Calls.MESSAGES);
    }
    var _ = advance(run, task);
  }

  /** A node has it: the time for which it consumes runs. */
  void started(TaskRun run, Task.Subscribe task) {
    Instant end = end(run, task);
    if (end != null) {
      turn.effect(new Effect.ArmTimer(key(run), end));
    }
  }

  static TimerKey key(TaskRun run) {
    return new TimerKey(TimerKey.Kind.CONSUMPTION, run.id());
  }

  /** When it has consumed for as long as it may; null for never, or if it has not begun. */
  @Nullable Instant end(TaskRun run, Task.Subscribe task) {
    Span span = task.consume().span();
    if (span == null || !(run.progress() instanceof Progress.Consuming progress)) {
      return null;
    }
    return interpreter
        .evaluate(run, scope -> span.evaluate(run.input(), scope))
        .addTo(progress.since());
  }

  /** Takes the message with this number if the run wants it, and says whether it is safe. */
  void deliver(TaskRun run, Task.Subscribe task, long number, JsonNode message) {
    if (!(run.progress() instanceof Progress.Consuming progress)) {
      return;
    }
    if (number <= progress.lastNumber()) {
      confirm(run, progress.lastNumber());
      return;
    }
    if (handling.isBusy(run) || hasUnhandled(task, progress)) {
      return;
    }
    try {
      if (!passes(run, task, message)) {
        confirm(run, number);
      } else if (isEnded(run, task, true)) {
        interpreter.finish(run, output(task, progress), null);
      } else {
        turn.record(new Event.MessageConsumed(run.id(), number, message));
        confirm(run, number);
        var _ = advance(run, task);
      }
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  /**
   * Goes on with a run whose step was left for later. Whether it has enough was asked when
   * something came, and is not asked again: that may not depend on where decisions are cut.
   */
  void resume(TaskRun run, Task.Subscribe task) {
    if (handling.isBusy(run) || !(run.progress() instanceof Progress.Consuming progress)) {
      return;
    }
    if (hasUnhandled(task, progress)) {
      goOn(run, task);
    } else {
      confirm(run, progress.lastNumber());
    }
  }

  /** Goes on after a message, or when the time to consume is over. */
  void goOn(TaskRun run, Task.Subscribe task) {
    try {
      if (!handling.isBusy(run)
          && advance(run, task)
          && run.progress() instanceof Progress.Consuming progress) {
        confirm(run, progress.lastNumber());
      }
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  /** The handler's tasks for one message have ended. */
  void handled(TaskRun run, Task.Subscribe task, ForEachEvent handler) {
    if (!(run.progress() instanceof Progress.Consuming progress)) {
      return;
    }
    int index = progress.handled().size();
    try {
      Handling.Result result = handling.result(run, handler, index, progress.consumed().get(index));
      turn.record(new Event.MessageHandled(run.id(), result.output(), result.context()));
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
      return;
    }
    goOn(run, task);
  }

  /**
   * Handles the message that waits for that, or ends the run when it has enough; whether it waits
   * for another message.
   */
  private boolean advance(TaskRun run, Task.Subscribe task) {
    if (handling.isBusy(run)) {
      return false;
    }
    ForEachEvent handler = task.forEach();
    if (handler != null
        && run.progress() instanceof Progress.Consuming progress
        && hasUnhandled(task, progress)) {
      if (!handling.begin(run, handler, progress.handled().size())) {
        handled(run, task, handler);
      }
      return false;
    }
    if (!isEnded(run, task, false)) {
      return true;
    }
    interpreter.finish(
        run,
        run.progress() instanceof Progress.Consuming progress
            ? output(task, progress)
            : array(List.of()),
        null);
    return false;
  }

  private static boolean hasUnhandled(Task.Subscribe task, Progress.Consuming progress) {
    return task.forEach() != null && progress.handled().size() < progress.consumed().size();
  }

  /** A filter that fails on a message lets it not pass: what others send faults nobody. */
  private boolean passes(TaskRun run, Task.Subscribe task, JsonNode message) {
    Expression filter = task.filter();
    try {
      return filter == null || filter.test(message, scopes.of(run));
    } catch (ExpressionException e) {
      return false;
    }
  }

  /**
   * Whether enough was consumed.
   *
   * @param before whether another message is at hand: {@code while} is asked after messages only
   */
  private boolean isEnded(TaskRun run, Task.Subscribe task, boolean before) {
    Instant end = end(run, task);
    if (end != null && !end.isAfter(turn.moment().now())) {
      return true;
    }
    List<JsonNode> consumed =
        run.progress() instanceof Progress.Consuming progress ? progress.consumed() : List.of();
    return switch (task.consume().end()) {
      case Consumption.End.Amount amount -> consumed.size() >= amount.messages();
      case Consumption.End.While goesOn ->
          !before && !consumed.isEmpty() && !holds(run, goesOn.condition(), consumed);
      case Consumption.End.Until until -> holds(run, until.condition(), consumed);
    };
  }

  private boolean holds(TaskRun run, Expression condition, List<JsonNode> consumed) {
    return interpreter.evaluate(run, scope -> condition.test(array(consumed), scope));
  }

  private static JsonNode output(Task.Subscribe task, Progress.Consuming progress) {
    return array(task.forEach() == null ? progress.consumed() : progress.handled());
  }

  private static JsonNode array(List<JsonNode> items) {
    return new ArrayNode(JsonNodeFactory.instance, List.copyOf(items));
  }

  private void confirm(TaskRun run, long number) {
    String node = run.node();
    if (node != null && run.status() == Status.WAITING) {
      turn.effect(
          new Effect.ConfirmMessages(
              new AttemptToken(turn.execution().id(), run.id(), run.attempt(), run.epoch()),
              node,
              number));
    }
  }
}
