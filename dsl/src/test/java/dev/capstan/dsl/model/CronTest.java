package dev.capstan.dsl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A cron expression")
class CronTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest(name = "{0} after {1} is {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          * * * * *              | 2026-01-31T23:59:59Z | 2026-02-01T00:00:00Z
          * * * * *              | 2026-01-01T00:00:00Z | 2026-01-01T00:01:00Z
          * * * * * *            | 2026-01-01T00:00:00.5Z | 2026-01-01T00:00:01Z
          */15 * * * *           | 2026-01-01T00:46:00Z | 2026-01-01T01:00:00Z
          5/20 * * * *           | 2026-01-01T00:26:00Z | 2026-01-01T00:45:00Z
          10,20-22 4 * * *       | 2026-01-01T04:20:00Z | 2026-01-01T04:21:00Z
          0 0 * * *              | 2026-12-31T12:00:00Z | 2027-01-01T00:00:00Z
          0 9 * * MON-FRI        | 2026-11-20T09:00:00Z | 2026-11-23T09:00:00Z
          0 9 * * 1-5            | 2026-11-20T08:59:59Z | 2026-11-20T09:00:00Z
          0 0 * * 7              | 2026-11-20T00:00:00Z | 2026-11-22T00:00:00Z
          0 0 * * 0              | 2026-11-20T00:00:00Z | 2026-11-22T00:00:00Z
          0 0 * * FRI-7          | 2026-11-20T00:00:00Z | 2026-11-21T00:00:00Z
          0 0 13 * FRI           | 2026-11-13T00:00:00Z | 2026-11-20T00:00:00Z
          0 0 13 * FRI           | 2026-12-11T00:00:00Z | 2026-12-13T00:00:00Z
          0 0 31 * *             | 2026-04-01T00:00:00Z | 2026-05-31T00:00:00Z
          0 0 29 2 *             | 2026-01-01T00:00:00Z | 2028-02-29T00:00:00Z
          0 0 29 FEB *           | 2096-03-01T00:00:00Z | 2104-02-29T00:00:00Z
          0 0 1 JAN,jul ?        | 2026-01-02T00:00:00Z | 2026-07-01T00:00:00Z
          30 15 10 ? * MON       | 2026-11-22T00:00:00Z | 2026-11-23T10:15:30Z
          @hourly                | 2026-01-01T00:00:00Z | 2026-01-01T01:00:00Z
          @daily                 | 2026-01-01T00:00:00Z | 2026-01-02T00:00:00Z
          @midnight              | 2026-01-01T00:00:00Z | 2026-01-02T00:00:00Z
          @weekly                | 2026-11-20T00:00:00Z | 2026-11-22T00:00:00Z
          @monthly               | 2026-11-20T00:00:00Z | 2026-12-01T00:00:00Z
          @yearly                | 2026-11-20T00:00:00Z | 2027-01-01T00:00:00Z
          """)
  void fires_next(String text, Instant after, Instant expected) {
    assertThat(Cron.parse(text).next(after, ZoneOffset.UTC)).isEqualTo(expected);
  }

  /** In Berlin, 2026-03-29 has no 02:00 to 03:00, and 2026-10-25 has 02:00 to 03:00 twice. */
  @ParameterizedTest(name = "{0} after {1} is {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          30 2 * * *     | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z
          30 2 * * *     | 2026-03-29T01:00:00Z | 2026-03-30T00:30:00Z
          0 2,3 * * *    | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z
          0 2,3 * * *    | 2026-03-29T01:00:00Z | 2026-03-30T00:00:00Z
          0 */2 * * *    | 2026-03-29T00:00:00Z | 2026-03-29T01:00:00Z
          0 0 29 3 *     | 2026-03-01T00:00:00Z | 2026-03-28T23:00:00Z
          30 2 * * *     | 2026-10-24T12:00:00Z | 2026-10-25T00:30:00Z
          30 2 * * *     | 2026-10-25T00:30:00Z | 2026-10-26T01:30:00Z
          30 2 * * *     | 2026-10-25T01:00:00Z | 2026-10-26T01:30:00Z
          0 3 * * *      | 2026-10-25T00:59:00Z | 2026-10-25T02:00:00Z
          0 0,4 * * *    | 2026-10-25T01:10:00Z | 2026-10-25T03:00:00Z
          */30 * * * *   | 2026-03-29T00:30:00Z | 2026-03-29T01:00:00Z
          */30 * * * *   | 2026-10-25T00:30:00Z | 2026-10-25T01:00:00Z
          */30 * * * *   | 2026-10-25T01:00:00Z | 2026-10-25T01:30:00Z
          0 * * * *      | 2026-10-25T00:00:00Z | 2026-10-25T01:00:00Z
          """)
  void follows_the_clock_on_the_wall_over_daylight_saving_time(
      String text, Instant after, Instant expected) {
    assertThat(Cron.parse(text).next(after, BERLIN)).isEqualTo(expected);
  }

  /** Expressions, and what they mean said without them. */
  static Stream<Arguments> meanings() {
    return Stream.of(
        meaning("7 3,15 * * *", t -> onMinute(t, 7) && (t.getHour() == 3 || t.getHour() == 15)),
        meaning(
            "*/7 */5 * 3,10 MON",
            t ->
                t.getSecond() == 0
                    && t.getMinute() % 7 == 0
                    && t.getHour() % 5 == 0
                    && (t.getMonth() == Month.MARCH || t.getMonth() == Month.OCTOBER)
                    && t.getDayOfWeek() == DayOfWeek.MONDAY),
        meaning(
            "0 12 1-7 * SUN",
            t ->
                onMinute(t, 0)
                    && t.getHour() == 12
                    && (t.getDayOfMonth() <= 7 || t.getDayOfWeek() == DayOfWeek.SUNDAY)),
        meaning(
            "50/5 59 23 27-29 2,10 ?",
            t ->
                t.getSecond() >= 50
                    && t.getSecond() % 5 == 0
                    && t.getMinute() == 59
                    && t.getHour() == 23
                    && t.getDayOfMonth() >= 27
                    && t.getDayOfMonth() <= 29
                    && (t.getMonth() == Month.FEBRUARY || t.getMonth() == Month.OCTOBER)));
  }

  private static Arguments meaning(String text, Predicate<LocalDateTime> meant) {
    return Arguments.of(text, meant);
  }

  private static boolean onMinute(LocalDateTime time, int minute) {
    return time.getMinute() == minute && time.getSecond() == 0;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("meanings")
  void agrees_with_a_search_second_by_second(String text, Predicate<LocalDateTime> meant) {
    Cron cron = Cron.parse(text);
    List<LocalDateTime> searched = new ArrayList<>();
    List<LocalDateTime> found = new ArrayList<>();
    for (String start : List.of("2026-10-20T23:59:49", "2027-02-20T03:06:59")) {
      LocalDateTime from = LocalDateTime.parse(start);
      LocalDateTime end = from.plusDays(18);
      for (LocalDateTime at = from.plusSeconds(1); !at.isAfter(end); at = at.plusSeconds(1)) {
        if (meant.test(at)) {
          searched.add(at);
        }
      }
      LocalDateTime at = next(cron, from);
      while (!at.isAfter(end)) {
        found.add(at);
        at = next(cron, at);
      }
    }
    assertThat(found).isEqualTo(searched).hasSizeGreaterThan(3);
  }

  private static LocalDateTime next(Cron cron, LocalDateTime after) {
    return LocalDateTime.ofInstant(
        cron.next(after.toInstant(ZoneOffset.UTC), ZoneOffset.UTC), ZoneOffset.UTC);
  }

  @Test
  void fires_on_an_island_that_skipped_a_day() {
    // Apia had no 30 December 2011.
    Instant after = Instant.parse("2011-12-29T11:00:00Z");
    assertThat(Cron.parse("0 12 30 12 *").next(after, ZoneId.of("Pacific/Apia")))
        .isEqualTo(Instant.parse("2011-12-30T10:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "* * * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * 0 *",
        "* * * * 8",
        "* * * * MO",
        "5-1 * * * *",
        "*/0 * * * *",
        "1,,2 * * * *",
        ", * * * *",
        "- * * * *",
        "1- * * * *",
        "/5 * * * *",
        "99999999999 * * * *",
        "-1 * * * *",
        "0 0 30 2 *",
        "0 0 31 4,6,9,11 *",
        "0 0 L * *",
        "@reboot",
        "@"
      })
  void that_is_none_is_refused(String text) {
    assertThatThrownBy(() -> Cron.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void that_never_fires_says_so() {
    assertThatThrownBy(() -> Cron.parse("0 0 30 2 *"))
        .hasMessage("\"0 0 30 2 *\" never fires: none of its months has such a day");
  }

  @Test
  void is_its_text() {
    assertThat(Cron.parse(" 0 0 * * * "))
        .isEqualTo(Cron.parse("0 0 * * *"))
        .hasToString("0 0 * * *");
    assertThat(Cron.parse("0 0 * * *")).isNotEqualTo(Cron.parse("@daily"));
    assertThat(Cron.parse("0 0 * * *").hashCode()).isEqualTo(Cron.parse("0 0 * * *").hashCode());
    assertThat(Cron.parse("@daily").text()).isEqualTo("@daily");
  }
}
