package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * Secrets by name, as {@code $secrets} shows those that a definition declares. Must answer at once.
 */
@FunctionalInterface
public interface SecretSource {
  /** No secrets at all. */
  SecretSource NONE = name -> null;

  /** The secret's value, null when there is none of that name. */
  @Nullable JsonNode get(String name);
}
