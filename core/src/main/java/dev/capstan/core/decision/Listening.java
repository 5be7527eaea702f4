package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventFilter;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.ForEachEvent;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.dsl.model.ReadMode;
import dev.capstan.dsl.model.Task;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait for cloud events (specification: Listen, Event Consumption Strategy). The output
 * is always an array, in the order of consumption; with {@code foreach} it has one item each
 * handled event. Events are handled one at a time, and an event that comes while another is handled
 * waits in the state.
 */
final class Listening {
  private final Turn turn;
  private final Interpreter interpreter;
  private final Scopes scopes;
  private final Handling handling;

  Listening(Turn turn, Interpreter interpreter, Scopes scopes, Handling handling) {
    this.turn = turn;
    this.interpreter = interpreter;
    this.scopes = scopes;
    this.handling = handling;
  }

  void start(TaskRun run, Task.Listen task) {
    if (task.interaction() instanceof Interaction.Human human) {
      new HumanTasks(turn, scopes).start(run, human);
    }
    turn.effect(new Effect.Subscribe(run.id(), EventMatching.types(task.to())));
  }

  /**
   * Takes an event if the run wants it; whether it did.
   *
   * @param by who sent it to this run alone: correlation has nothing to find then; null for one
   *     that was published
   */
  boolean deliver(TaskRun run, CloudEvent event, @Nullable String by) {
    if (!(run.task() instanceof Task.Listen task)
        || !(run.progress() instanceof Progress.Listening progress)
        || progress.hasTaken(event)) {
      return false;
    }
    try {
      if (isSatisfied(run, task, progress)) {
        return false;
      }
      Taken taken =
          by == null ? take(run, task.to(), progress, event) : takeAddressed(run, task.to(), event);
      if (taken == null) {
        return false;
      }
      turn.record(
          new Event.CloudEventConsumed(
              run.id(), taken.filter(), taken.terminal(), event, taken.keys(), by));
      resume(run);
    } catch (ExpressionException e) {
      interpreter
          .faults()
          .fault(run, ErrorType.EXPRESSION.error(String.valueOf(e.getMessage()), run.reference()));
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
    return true;
  }

  /** Goes on with a run whose step was left for later. */
  void goOn(TaskRun run) {
    try {
      resume(run);
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  /** Handles the next event that waits, or ends the run when it has what it waits for. */
  private void resume(TaskRun run) {
    if (!(run.task() instanceof Task.Listen task)
        || !(run.progress() instanceof Progress.Listening progress)) {
      return;
    }
    ForEachEvent handler = task.forEach();
    if (handler == null) {
      if (isSatisfied(run, task, progress)) {
        interpreter.finish(run, read(progress.consumed(), task.read()), null);
      }
    } else if (progress.handled().size() < progress.consumed().size()) {
      if (!handling.isBusy(run) && !handling.begin(run, handler, progress.handled().size())) {
        handled(run);
      }
    } else if (isSatisfied(run, task, progress)) {
      interpreter.finish(run, array(progress.handled()), null);
    }
  }

  /** The handler's tasks for one event have ended. */
  void handled(TaskRun run) {
    if (!(run.task() instanceof Task.Listen task)
        || task.forEach() == null
        || !(run.progress() instanceof Progress.Listening progress)) {
      return;
    }
    int index = progress.handled().size();
    CloudEvent event = progress.consumed().get(index);
    try {
      Handling.Result result =
          handling.result(run, task.forEach(), index, read(event, task.read()));
      turn.record(new Event.CloudEventHandled(run.id(), result.output(), result.context()));
      resume(run);
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  /** What a listener gets of an event. */
  static JsonNode read(CloudEvent event, ReadMode mode) {
    return switch (mode) {
      case DATA -> event.data();
      case ENVELOPE, RAW -> event.json();
    };
  }

  private static JsonNode read(List<CloudEvent> events, ReadMode mode) {
    return array(events.stream().map(event -> read(event, mode)).toList());
  }

  private static JsonNode array(List<JsonNode> items) {
    return new ArrayNode(JsonNodeFactory.instance, items);
  }

  /** Which filter took an event. */
  private record Taken(int filter, boolean terminal, Map<String, JsonNode> keys) {}

  /**
   * Whether the first filter of a run takes an event that was made for it. Where that can't be
   * told, {@link #deliver} says so to the execution.
   */
  boolean fits(TaskRun run, CloudEvent event) {
    try {
      return run.task() instanceof Task.Listen task && takeAddressed(run, task.to(), event) != null;
    } catch (TaskFailure e) {
      return true;
    }
  }

  private @Nullable Taken takeAddressed(TaskRun run, EventStrategy strategy, CloudEvent event) {
    EventFilter first = strategy.filters().getFirst();
    return EventMatching.fits(first, event, run.input(), scopes.of(run))
        ? new Taken(0, false, Map.of())
        : null;
  }

  private @Nullable Taken take(
      TaskRun run, EventStrategy strategy, Progress.Listening progress, CloudEvent event) {
    return switch (strategy) {
      case EventStrategy.One one ->
          firstOf(run, List.of(one.filter()), List.of(), progress, event, false);
      case EventStrategy.All all ->
          firstOf(run, all.filters(), progress.filters(), progress, event, false);
      case EventStrategy.Any any -> {
        if (any.until() instanceof EventStrategy.Until.Strategy until) {
          Taken end =
              firstOf(
                  run,
                  until.strategy().filters(),
                  until.strategy() instanceof EventStrategy.All
                      ? progress.terminalFilters()
                      : List.of(),
                  progress,
                  event,
                  true);
          if (end != null) {
            yield end;
          }
        }
        yield any.filters().isEmpty()
            ? new Taken(-1, false, Map.of())
            : firstOf(run, any.filters(), List.of(), progress, event, false);
      }
    };
  }

  private @Nullable Taken firstOf(
      TaskRun run,
      List<EventFilter> filters,
      List<Integer> met,
      Progress.Listening progress,
      CloudEvent event,
      boolean terminal) {
    Scope scope = scopes.of(run);
    for (int i = 0; i < filters.size(); i++) {
      if (!met.contains(i)) {
        Map<String, JsonNode> keys =
            EventMatching.match(filters.get(i), event, progress.keys(), run.input(), scope);
        if (keys != null) {
          return new Taken(i, terminal, keys);
        }
      }
    }
    return null;
  }

  private boolean isSatisfied(TaskRun run, Task.Listen task, Progress.Listening progress) {
    return switch (task.to()) {
      case EventStrategy.One _ -> !progress.consumed().isEmpty();
      case EventStrategy.All all ->
          new TreeSet<>(progress.filters()).size() == all.filters().size();
      case EventStrategy.Any any ->
          switch (any.until()) {
            case null -> !progress.consumed().isEmpty();
            case EventStrategy.Until.Condition condition ->
                !progress.consumed().isEmpty()
                    && DataFlow.evaluate(
                        run.reference(),
                        () ->
                            condition
                                .expression()
                                .test(read(progress.consumed(), task.read()), scopes.of(run)));
            case EventStrategy.Until.Strategy until ->
                isEnded(until.strategy(), progress.terminalFilters());
            case EventStrategy.Until.Never _ -> false;
          };
    };
  }

  private static boolean isEnded(EventStrategy strategy, List<Integer> met) {
    return switch (strategy) {
      case EventStrategy.All all -> new TreeSet<>(met).size() == all.filters().size();
      case EventStrategy.One _, EventStrategy.Any _ -> !met.isEmpty();
    };
  }
}
