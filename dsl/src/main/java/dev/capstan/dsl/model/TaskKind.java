package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a task does, told by the property that only tasks of its kind have. */
public enum TaskKind {
  // FOR stands before DO, because a loop has a do as well.
  CALL,
  FOR,
  FORK,
  EMIT,
  LISTEN,
  RAISE,
  RUN,
  SET,
  SWITCH,
  TRY,
  WAIT,
  DO;

  private final String key = name().toLowerCase(Locale.ROOT);

  /** The property that tells it. */
  public String key() {
    return key;
  }

  /** The kind of {@code task}; null if it has no such property. */
  public static @Nullable TaskKind of(JsonNode task) {
    for (TaskKind kind : values()) {
      if (task.has(kind.key)) {
        return kind;
      }
    }
    return null;
  }
}
