package dev.capstan.dsl.model;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression: minute, hour, day of month, month, day of week; with six fields the first is
 * the second. Fields take {@code *}, numbers, ranges, steps, lists, and English names of months and
 * days (0 and 7 are Sunday); {@code @yearly, @monthly, @weekly, @daily} and {@code @hourly} work
 * too. When both days are restricted, either is enough, as cron always did.
 *
 * <p>Daylight saving time. An expression of every hour follows elapsed time: nothing fires for a
 * local hour that is left out, and a repeated local hour fires twice. Any other expression means
 * the clock on the wall: a time that is left out fires at the moment of the change, and a time that
 * occurs twice fires the first time only.
 *
 * <p>Immutable; two expressions are equal when their texts are.
 */
public final class Cron {
  /** 29 February is at most eight years away; the rest is margin. */
  private static final int LONGEST_WAIT_YEARS = 12;

  private final String text;
  private final long seconds;
  private final long minutes;
  private final long hours;
  private final long days;
  private final long months;
  private final long weekdays;

  private Cron(String text, String[] fields) {
    this.text = text;
    this.seconds = CronField.SECOND.parse(fields[0]);
    this.minutes = CronField.MINUTE.parse(fields[1]);
    this.hours = CronField.HOUR.parse(fields[2]);
    this.days = CronField.DAY.parse(fields[3]);
    this.months = CronField.MONTH.parse(fields[4]);
    this.weekdays = CronField.WEEKDAY.parse(fields[5]);
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException with a sentence for its author if it is none, or never fires
   */
  public static Cron parse(String text) {
    String[] fields = expand(text.strip()).split("\\s+");
    if (fields.length != 5 && fields.length != 6) {
      throw new IllegalArgumentException(
          "a cron expression has 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds first; \""
              + text
              + "\" has "
              + (text.isBlank() ? 0 : fields.length));
    }
    if (fields.length == 5) {
      fields = ("0 " + String.join(" ", fields)).split(" ");
    }
    Cron cron = new Cron(text.strip(), fields);
    if (!cron.fires()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" never fires: none of its months has such a day");
    }
    return cron;
  }

  private static String expand(String text) {
    if (!text.startsWith("@")) {
      return text;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "@yearly", "@annually" -> "0 0 1 1 *";
      case "@monthly" -> "0 0 1 * *";
      case "@weekly" -> "0 0 * * 0";
      case "@daily", "@midnight" -> "0 0 * * *";
      case "@hourly" -> "0 * * * *";
      default ->
          throw new IllegalArgumentException(
              "\"" + text + "\" is not known; use @yearly, @monthly, @weekly, @daily or @hourly");
    };
  }

  /** The expression as it was written. */
  public String text() {
    return text;
  }

  /**
   * The first instant strictly after {@code after}, to the second.
   *
   * @param zone whose clock the fields mean
   */
  public Instant next(Instant after, ZoneId zone) {
    ZoneRules rules = zone.getRules();
    Instant from = Instant.ofEpochSecond(after.getEpochSecond() + 1);
    int lastYear = from.atZone(ZoneOffset.UTC).getYear() + LONGEST_WAIT_YEARS;
    while (true) {
      ZoneOffset offset = rules.getOffset(from);
      LocalDateTime local = nextLocal(notRepeated(from, offset, rules), lastYear);
      Instant candidate = local.toInstant(offset);
      ZoneOffsetTransition change = rules.nextTransition(from);
      if (change == null || candidate.isBefore(change.getInstant())) {
        return candidate;
      }
      if (firesInGap(change, lastYear)) {
        return change.getInstant();
      }
      from = change.getInstant();
    }
  }

  private boolean followsElapsedTime() {
    return hours == CronField.HOUR.all();
  }

  /**
   * The local time at {@code from}, or the end of the repeated hours if it is in their second run.
   */
  private LocalDateTime notRepeated(Instant from, ZoneOffset offset, ZoneRules rules) {
    LocalDateTime local = LocalDateTime.ofInstant(from, offset);
    if (followsElapsedTime()) {
      return local;
    }
    ZoneOffsetTransition last = rules.previousTransition(from.plusNanos(1));
    boolean repeated = last != null && last.isOverlap() && local.isBefore(last.getDateTimeBefore());
    return repeated ? last.getDateTimeBefore() : local;
  }

  private boolean firesInGap(ZoneOffsetTransition change, int lastYear) {
    return change.isGap()
        && !followsElapsedTime()
        && nextLocal(change.getDateTimeBefore(), lastYear).isBefore(change.getDateTimeAfter());
  }

  /** The first local time that matches, {@code from} included. */
  private LocalDateTime nextLocal(LocalDateTime from, int lastYear) {
    LocalDate date = from.toLocalDate();
    LocalTime earliest = from.toLocalTime();
    while (date.getYear() <= lastYear) {
      if (!CronField.has(months, date.getMonthValue())) {
        date = date.withDayOfMonth(1).plusMonths(1);
        earliest = LocalTime.MIDNIGHT;
        continue;
      }
      LocalTime time = matches(date) ? nextTime(earliest) : null;
      if (time != null) {
        return date.atTime(time);
      }
      date = date.plusDays(1);
      earliest = LocalTime.MIDNIGHT;
    }
    throw new IllegalStateException(text + " does not fire until " + lastYear);
  }

  private boolean matches(LocalDate date) {
    boolean day = CronField.has(days, date.getDayOfMonth());
    boolean weekday = CronField.has(weekdays, date.getDayOfWeek().getValue() % 7);
    if (days == CronField.DAY.all() || weekdays == CronField.WEEKDAY.all()) {
      return day && weekday;
    }
    return day || weekday;
  }

  private @Nullable LocalTime nextTime(LocalTime from) {
    int hour = CronField.next(hours, from.getHour());
    if (hour == from.getHour()) {
      int minute = CronField.next(minutes, from.getMinute());
      int second = minute == from.getMinute() ? CronField.next(seconds, from.getSecond()) : -1;
      if (second >= 0) {
        return LocalTime.of(hour, minute, second);
      }
      minute = CronField.next(minutes, from.getMinute() + 1);
      if (minute >= 0) {
        return LocalTime.of(hour, minute, CronField.next(seconds, 0));
      }
      hour = CronField.next(hours, from.getHour() + 1);
    }
    return hour < 0
        ? null
        : LocalTime.of(hour, CronField.next(minutes, 0), CronField.next(seconds, 0));
  }

  private boolean fires() {
    if (weekdays != CronField.WEEKDAY.all()) {
      return true;
    }
    int firstDay = CronField.next(days, 1);
    for (Month month : Month.values()) {
      if (CronField.has(months, month.getValue()) && firstDay <= month.maxLength()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cron cron && cron.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
