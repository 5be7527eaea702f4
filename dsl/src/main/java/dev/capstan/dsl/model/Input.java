package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Template;
import org.jspecify.annotations.Nullable;

/**
 * How raw input is checked and becomes input: the schema applies to the raw one, then {@code from}
 * transforms it.
 */
public record Input(@Nullable DataSchema schema, @Nullable Template from) {
  /** Takes the raw input as it is. */
  public static final Input AS_IS = new Input(null, null);
}
