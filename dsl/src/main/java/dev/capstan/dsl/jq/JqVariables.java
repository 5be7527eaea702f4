package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * The values of a program's free variables. Asked when a variable is used, at most once per
 * evaluation and name.
 */
@FunctionalInterface
public interface JqVariables {
  /** No variable at all. */
  JqVariables NONE = name -> null;

  /**
   * Finds a variable.
   *
   * @param name the name without {@code $}
   * @return its value, or null if there is no such variable
   */
  @Nullable JsonNode get(String name);
}
