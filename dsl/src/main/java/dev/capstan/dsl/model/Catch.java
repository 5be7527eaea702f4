package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Expression;
import org.jspecify.annotations.Nullable;

/**
 * Which errors of a {@code try} are taken, and what is done with them: retried while the policy
 * allows, then handled by {@code body}; without either the error is swallowed and the task
 * completes.
 *
 * @param reference JSON pointer of the {@code catch}
 * @param filter all of its members must equal the error's; null takes every error
 * @param as the variable that holds the error, without {@code $}
 * @param then overrides the task's directive after a caught error
 */
public record Catch(
    String reference,
    @Nullable ErrorFilter filter,
    String as,
    @Nullable Expression when,
    @Nullable Expression exceptWhen,
    @Nullable RetryPolicy retry,
    @Nullable TaskList body,
    @Nullable FlowDirective then) {}
