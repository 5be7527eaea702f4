package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Template;
import org.jspecify.annotations.Nullable;

/**
 * What a task leaves in the context: {@code as} makes the whole new context from the output, then
 * the schema applies to it.
 */
public record Export(@Nullable DataSchema schema, @Nullable Template as) {
  /** Keeps the context as it is. */
  public static final Export NOTHING = new Export(null, null);
}
