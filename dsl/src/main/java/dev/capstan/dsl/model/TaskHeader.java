package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.dsl.expression.Expression;
import org.jspecify.annotations.Nullable;

/**
 * What every task has.
 *
 * @param name unique in its list
 * @param reference its JSON pointer in the definition, with list index and name: {@code
 *     /do/0/greet}
 * @param position its place in its list, from 0
 * @param condition {@code if}: the task is skipped when it does not hold
 * @param then where the flow goes afterwards
 * @param metadata free-form, as an object; empty when absent
 * @param compensation what undoes the task once it has completed ({@code
 *     metadata.capstan.compensate}), at the JSON pointer of that list; null for nothing
 * @param settings what of {@code metadata.capstan} had to be compiled
 * @param source the task as JSON, as {@code $task.definition} shows it
 */
public record TaskHeader(
    String name,
    String reference,
    int position,
    @Nullable Expression condition,
    Input input,
    Output output,
    Export export,
    @Nullable Timeout timeout,
    FlowDirective then,
    JsonNode metadata,
    Task.@Nullable Do compensation,
    TaskSettings settings,
    JsonNode source) {
  /** One of a task that nothing undoes, and whose settings have no expressions. */
  public TaskHeader(
      String name,
      String reference,
      int position,
      @Nullable Expression condition,
      Input input,
      Output output,
      Export export,
      @Nullable Timeout timeout,
      FlowDirective then,
      JsonNode metadata,
      JsonNode source) {
    this(
        name,
        reference,
        position,
        condition,
        input,
        output,
        export,
        timeout,
        then,
        metadata,
        null,
        TaskSettings.NONE,
        source);
  }

  /** What the engine is told under {@code metadata.capstan}; missing when it is told nothing. */
  public JsonNode told() {
    return metadata.path("capstan");
  }

  /** Of a list of tasks that stands in no list itself: it hands on what comes in. */
  public static TaskHeader plain(String name, String reference) {
    JsonNode nothing = JsonNodeFactory.instance.objectNode();
    return new TaskHeader(
        name,
        reference,
        0,
        null,
        Input.AS_IS,
        Output.AS_IS,
        Export.NOTHING,
        null,
        new FlowDirective.Continue(),
        nothing,
        nothing);
  }
}
