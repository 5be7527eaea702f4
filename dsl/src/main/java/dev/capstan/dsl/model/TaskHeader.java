package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
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
    JsonNode source) {}
