package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;

/**
 * When a container that has ended is removed (DSL reference, Container Lifetime). Without one, it
 * never is.
 *
 * @param after how long after its end, for {@link Cleanup#EVENTUALLY}
 */
record Lifetime(Cleanup cleanup, Duration after) {

  /** The specification's words. */
  enum Cleanup {
    NEVER,
    ALWAYS,
    EVENTUALLY;

    /** The word in definitions and labels. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final List<String> WORDS = List.of("never", "always", "eventually");

  static Lifetime of(Arguments arguments) {
    JsonNode given = arguments.object("lifetime");
    if (!(given instanceof ObjectNode fields)) {
      return new Lifetime(Cleanup.NEVER, Duration.ZERO);
    }
    Arguments lifetime = Arguments.of(fields);
    Cleanup cleanup = cleanup(lifetime.choice("cleanup", WORDS));
    if (cleanup != Cleanup.EVENTUALLY) {
      return new Lifetime(cleanup, Duration.ZERO);
    }
    return new Lifetime(cleanup, after(lifetime.text("after")));
  }

  private static Duration after(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw Arguments.wrong("'lifetime.after' is '" + text + "', which is no ISO 8601 duration.");
    }
  }

  /** As {@link Labels} remember it; a word of nobody's means never. */
  static Lifetime remembered(String cleanup, String after) {
    try {
      return new Lifetime(cleanup(cleanup), Duration.parse(after));
    } catch (IllegalArgumentException | DateTimeParseException foreign) {
      return new Lifetime(Cleanup.NEVER, Duration.ZERO);
    }
  }

  private static Cleanup cleanup(String word) {
    return Cleanup.valueOf(word.toUpperCase(Locale.ROOT));
  }
}
