package dev.capstan.core.placement;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.model.DslDuration;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a task stands in line: what it may overtake, whom it shares with, and what holds it back
 * while a node would be free.
 *
 * @param priority from -100 to 100; more goes first
 * @param key tasks of different keys take turns, tasks of one key go in order; null for all tasks
 *     that name none
 */
public record Claim(
    int priority, @Nullable String key, @Nullable Concurrency concurrency, @Nullable Rate rate) {
  private static final Claim PLAIN = new Claim(0, null, null, null);
  private static final int HIGHEST = 100;

  /** What is counted in nanoseconds must stay countable. */
  private static final Duration LONGEST = Duration.ofDays(365);

  /**
   * @param key attempts that name it are counted together
   * @param limit how many of them may run when one more starts: fewer than this
   */
  public record Concurrency(String key, int limit) {}

  /**
   * A bucket of {@code limit} starts that fills up evenly once in {@code per}.
   *
   * @param key starts that name it are counted together
   */
  public record Rate(String key, int limit, Duration per) {}

  /** Reads {@code metadata.capstan} of a task; what is not as it should be counts as left out. */
  public static Claim of(JsonNode metadata) {
    if (metadata.isEmpty()) {
      return PLAIN;
    }
    int priority = Math.clamp(metadata.path("priority").asInt(0), -HIGHEST, HIGHEST);
    return new Claim(
        priority,
        text(metadata.path("key")),
        concurrency(metadata.path("concurrency")),
        rate(metadata.path("rate")));
  }

  private static @Nullable Concurrency concurrency(JsonNode written) {
    String key = text(written.path("key"));
    int limit = written.path("limit").asInt(0);
    return key == null || limit < 1 ? null : new Concurrency(key, limit);
  }

  private static @Nullable Rate rate(JsonNode written) {
    String key = text(written.path("key"));
    int limit = written.path("limit").asInt(0);
    if (key == null || limit < 1 || !written.has("per")) {
      return null;
    }
    try {
      Duration per = DslDuration.parse(written.get("per")).from(Instant.EPOCH);
      Duration bounded = per.compareTo(LONGEST) > 0 ? LONGEST : per;
      return per.isPositive() ? new Rate(key, limit, bounded) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable String text(JsonNode value) {
    return value.isValueNode() && !value.isNull() ? value.asText() : null;
  }
}
