package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Takes the outputs of an expression, one by one. */
@FunctionalInterface
interface Sink {
  /**
   * Takes one output.
   *
   * @param path where the value is in the value the paths are asked of; null if nobody asked
   */
  void accept(@Nullable Path path, JsonNode value);
}
