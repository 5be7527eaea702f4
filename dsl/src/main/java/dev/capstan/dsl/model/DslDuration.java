package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A duration of the DSL, at most ten thousand years: an object of {@code days, hours, minutes,
 * seconds, milliseconds}, or ISO 8601 with years, months and weeks too. Years and months are
 * counted by the calendar in UTC from the instant that it starts at.
 */
public record DslDuration(Period period, Duration duration) {
  private static final Period LONGEST_PERIOD = Period.ofYears(10_000);
  private static final Duration LONGEST = Duration.ofDays(3_652_425);

  private static final Pattern ISO =
      Pattern.compile(
          "P(?!$)(?:(\\d+)Y)?(?:(\\d+)M)?(?:(\\d+)W)?(?:(\\d+(?:\\.\\d+)?)D)?(T(?=\\d)(?:(\\d+(?:\\.\\d+)?)H)?(?:(\\d+(?:\\.\\d+)?)M)?(?:(\\d+(?:\\.\\d+)?)S)?)?");

  /** A duration without calendar parts. */
  public static DslDuration of(Duration duration) {
    return new DslDuration(Period.ZERO, duration);
  }

  /**
   * Reads either form.
   *
   * @throws IllegalArgumentException with a sentence for the author if {@code value} is no duration
   */
  public static DslDuration parse(JsonNode value) {
    if (value.isTextual()) {
      return parseIso(value.textValue());
    }
    if (value.isObject() && !value.isEmpty()) {
      return parseObject(value);
    }
    throw invalid(value.toString());
  }

  /** When something ends that starts at {@code start}. */
  public Instant addTo(Instant start) {
    return start.atZone(ZoneOffset.UTC).plus(period).toInstant().plus(duration);
  }

  /** Its length if it starts at {@code start}. */
  public Duration from(Instant start) {
    return Duration.between(start, addTo(start));
  }

  private static DslDuration parseObject(JsonNode value) {
    long millis = 0;
    for (var field : value.properties()) {
      long unit =
          switch (field.getKey()) {
            case "days" -> 86_400_000L;
            case "hours" -> 3_600_000L;
            case "minutes" -> 60_000L;
            case "seconds" -> 1_000L;
            case "milliseconds" -> 1L;
            default -> throw invalid(value.toString());
          };
      if (!field.getValue().canConvertToExactIntegral() || !field.getValue().canConvertToLong()) {
        throw invalid(value.toString());
      }
      try {
        millis = Math.addExact(millis, Math.multiplyExact(field.getValue().longValue(), unit));
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("the duration " + value + " is too long", e);
      }
    }
    if (millis < 0 || value.properties().stream().anyMatch(f -> f.getValue().longValue() < 0)) {
      throw new IllegalArgumentException("the duration " + value + " is negative");
    }
    return bounded(of(Duration.ofMillis(millis)), value.toString());
  }

  private static DslDuration parseIso(String text) {
    Matcher matcher = ISO.matcher(text);
    if (!matcher.matches()) {
      throw invalid(text);
    }
    try {
      Period period =
          Period.of(
              whole(matcher.group(1)),
              whole(matcher.group(2)),
              Math.multiplyExact(7, whole(matcher.group(3))));
      double seconds =
          number(matcher.group(4)) * 86_400
              + number(matcher.group(6)) * 3_600
              + number(matcher.group(7)) * 60;
      if (seconds + number(matcher.group(8)) > (double) LONGEST.toSeconds()) {
        throw tooLong(text);
      }
      Duration duration =
          Duration.ofMillis(Math.round(seconds * 1_000))
              .plusNanos(Math.round(number(matcher.group(8)) * 1e9));
      return bounded(new DslDuration(period, duration), text);
    } catch (ArithmeticException | NumberFormatException | DateTimeException e) {
      throw new IllegalArgumentException("the duration " + text + " is too long", e);
    }
  }

  private static DslDuration bounded(DslDuration value, String text) {
    LocalDate end = LocalDate.EPOCH.plus(value.period());
    if (end.isAfter(LocalDate.EPOCH.plus(LONGEST_PERIOD))
        || value.duration().compareTo(LONGEST) > 0) {
      throw tooLong(text);
    }
    return value;
  }

  private static IllegalArgumentException tooLong(String text) {
    return new IllegalArgumentException(
        "the duration " + text + " is too long: ten thousand years are the most");
  }

  private static int whole(String group) {
    return group == null ? 0 : Integer.parseInt(group);
  }

  private static double number(String group) {
    return group == null ? 0 : Double.parseDouble(group);
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "\""
            + text
            + "\" is no duration: write an object such as {seconds: 5} with days, hours, minutes, seconds or milliseconds, or ISO 8601"
            + " such as PT5S");
  }
}
