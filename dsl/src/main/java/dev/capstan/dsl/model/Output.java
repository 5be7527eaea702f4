package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Template;
import org.jspecify.annotations.Nullable;

/**
 * How raw output becomes output: {@code as} transforms it, then the schema applies to the result.
 */
public record Output(@Nullable DataSchema schema, @Nullable Template as) {
  /** Hands the raw output on as it is. */
  public static final Output AS_IS = new Output(null, null);
}
