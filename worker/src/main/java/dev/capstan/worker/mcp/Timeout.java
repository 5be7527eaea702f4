package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.TaskFault;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a duration: {@code {seconds: 5}}, or ISO 8601 without years and months. */
final class Timeout {

  private Timeout() {}

  /** The duration, greater than 0; null when there is none. */
  static @Nullable Duration of(JsonNode value) {
    if (value.isMissingNode()) {
      return null;
    }
    try {
      Duration duration = value.isObject() ? sum(value) : Duration.parse(value.asText());
      if (duration.isPositive()) {
        return duration;
      }
    } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
      throw wrong(value);
    }
    throw wrong(value);
  }

  private static Duration sum(JsonNode value) {
    Duration sum = Duration.ZERO;
    for (Map.Entry<String, JsonNode> part : value.properties()) {
      String unit = part.getKey().equals("milliseconds") ? "millis" : part.getKey();
      if (!part.getValue().canConvertToExactIntegral()) {
        throw wrong(value);
      }
      sum =
          sum.plus(part.getValue().longValue(), ChronoUnit.valueOf(unit.toUpperCase(Locale.ROOT)));
    }
    return sum;
  }

  private static TaskFault wrong(JsonNode value) {
    return Arguments.wrong(
        "'timeout' must be a duration such as {\"seconds\":5} or \"PT5S\", greater than 0; it is "
            + value
            + ".");
  }
}
