package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Template;
import org.jspecify.annotations.Nullable;

/**
 * What {@code metadata.capstan} of a task says in expressions or of its end. The engine's own, not
 * the specification's.
 *
 * @param computed an object with those members that are expressions, at the places where they stand
 *     under {@code metadata.capstan}; null when none is
 * @param deadline the moment at which the task times out; null without one
 */
public record TaskSettings(@Nullable Template computed, @Nullable Template deadline) {

  /** No expressions, and no end. */
  public static final TaskSettings NONE = new TaskSettings(null, null);
}
