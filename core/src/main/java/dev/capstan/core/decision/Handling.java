package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.model.ForEachEvent;
import org.jspecify.annotations.Nullable;

/**
 * What stands under {@code foreach} of a listener or a subscription: its tasks run for one event or
 * message after the other.
 */
final class Handling {
  private final Turn turn;
  private final Scopes scopes;
  private final SchemaFetching schemas;

  Handling(Turn turn, Scopes scopes, SchemaFetching schemas) {
    this.turn = turn;
    this.scopes = scopes;
    this.schemas = schemas;
  }

  /**
   * What becomes of one event or message: a result, and the whole new context; null if it stays.
   */
  record Result(JsonNode output, @Nullable JsonNode context) {}

  /** Whether one is being handled. */
  boolean isBusy(TaskRun run) {
    return run.lastChild() != null || !turn.execution().runsIn(run).isEmpty();
  }

  /**
   * Begins with the tasks for the one at {@code index}, which none is at work for; false if there
   * are none, so that it is handled by that.
   */
  boolean begin(TaskRun run, ForEachEvent handler, int index) {
    if (handler.body() == null) {
      return false;
    }
    turn.next(new Step.Enter(run.id(), handler.body(), 0, index));
    return true;
  }

  /**
   * The result of the one at {@code index}.
   *
   * @throws TaskFailure if its data flow fails
   */
  Result result(TaskRun run, ForEachEvent handler, int index, JsonNode item) {
    JsonNode raw = handler.body() == null ? item : run.data();
    JsonNode output =
        schemas.output(run, handler.output(), raw, scopes.handled(run, index, raw, null));
    JsonNode context =
        schemas.export(run, handler.export(), output, scopes.handled(run, index, raw, output));
    return new Result(output, context);
  }
}
