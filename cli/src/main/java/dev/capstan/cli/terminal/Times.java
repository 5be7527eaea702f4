package dev.capstan.cli.terminal;

import dev.capstan.dsl.model.Moments;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations and moments as people write and read them. */
public final class Times {
  private static final Pattern FORM =
      Pattern.compile("(?:(\\d+)h)?(?:(\\d+)m(?!s))?(?:(\\d+(?:\\.\\d+)?)s)?(?:(\\d+)ms)?");

  private Times() {}

  /**
   * A duration such as {@code 500ms}, {@code 30s} or {@code 1h30m}.
   *
   * @throws CliFailure when it is none
   */
  public static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      throw CliFailure.misuse("\"" + text + "\" is no duration", "such as 500ms, 30s or 1h30m");
    }
    Duration sum = Duration.ZERO;
    if (matcher.group(1) != null) {
      sum = sum.plusHours(Long.parseLong(matcher.group(1)));
    }
    if (matcher.group(2) != null) {
      sum = sum.plusMinutes(Long.parseLong(matcher.group(2)));
    }
    if (matcher.group(3) != null) {
      sum = sum.plusMillis(Math.round(Double.parseDouble(matcher.group(3)) * 1000));
    }
    if (matcher.group(4) != null) {
      sum = sum.plusMillis(Long.parseLong(matcher.group(4)));
    }
    return sum;
  }

  /**
   * A moment of RFC 3339; null when there is no text.
   *
   * @param option that the text belongs to
   * @throws CliFailure when it is none
   */
  public static @Nullable Instant moment(@Nullable String text, String option) {
    Instant moment = text == null ? null : Moments.parse(text);
    if (text != null && moment == null) {
      throw CliFailure.misuse(
          "\"" + text + "\" is no time for " + option, "such as 2026-11-22T10:15:30Z");
    }
    return moment;
  }

  /** Short: {@code 12 ms}, {@code 1.2 s}, {@code 3 m 05 s}, {@code 2 h 10 m}, {@code 4 d 3 h}. */
  public static String show(Duration time) {
    long millis = Math.max(0, time.toMillis());
    if (millis < 1000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
    long seconds = millis / 1000;
    if (seconds < 3600) {
      return String.format(Locale.ROOT, "%d m %02d s", seconds / 60, seconds % 60);
    }
    long minutes = seconds / 60;
    if (minutes < 24 * 60) {
      return String.format(Locale.ROOT, "%d h %02d m", minutes / 60, minutes % 60);
    }
    return (minutes / (24 * 60)) + " d " + (minutes / 60) % 24 + " h";
  }

  /** Without rounding, to the millisecond: {@code 0s}, {@code 250ms}, {@code 2m 5s}, {@code 7d}. */
  public static String exact(Duration time) {
    List<String> parts = new ArrayList<>();
    add(parts, time.toDaysPart(), "d");
    add(parts, time.toHoursPart(), "h");
    add(parts, time.toMinutesPart(), "m");
    add(parts, time.toSecondsPart(), "s");
    add(parts, time.toMillisPart(), "ms");
    return parts.isEmpty() ? "0s" : String.join(" ", parts);
  }

  private static void add(List<String> parts, long number, String unit) {
    if (number > 0) {
      parts.add(number + unit);
    }
  }

  /** How long ago: {@code 12 s ago}, or {@code in 3 m 05 s}. */
  public static String relative(Instant moment, Instant now) {
    Duration passed = Duration.between(moment, now);
    if (passed.isNegative()) {
      return "in " + show(passed.negated());
    }
    return passed.toMillis() < 1000 ? "just now" : show(passed) + " ago";
  }
}
