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
 * @param authorizationCode what a call with the grant {@code authorization_code} asks for its first
 *     token with, an object; evaluated for each attempt and kept nowhere, as it is a secret; null
 *     without one
 */
public record TaskSettings(
    @Nullable Template computed,
    @Nullable Template deadline,
    @Nullable Template authorizationCode) {

  /** No expressions, and no end. */
  public static final TaskSettings NONE = new TaskSettings(null, null, null);
}
