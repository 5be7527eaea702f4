package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** A built-in function of values. */
@FunctionalInterface
interface Builtin {
  /**
   * Applies the function.
   *
   * @return the result, or null for none
   */
  @Nullable JsonNode apply(Run run, JsonNode in, JsonNode[] arguments);
}
