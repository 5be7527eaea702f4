package dev.capstan.dsl.model;

import java.util.List;
import java.util.Locale;

/** One field of a cron expression; its values are the bits of a long. */
@SuppressWarnings("ImmutableEnumChecker") // lists made by List.of
enum CronField {
  SECOND("second", 0, 59, List.of()),
  MINUTE("minute", 0, 59, List.of()),
  HOUR("hour", 0, 23, List.of()),
  DAY("day of month", 1, 31, List.of()),
  MONTH(
      "month",
      1,
      12,
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")),
  WEEKDAY("day of week", 0, 7, List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"));

  private final String label;
  private final int first;
  private final int last;
  private final List<String> names;

  CronField(String label, int first, int last, List<String> names) {
    this.label = label;
    this.first = first;
    this.last = last;
    this.names = names;
  }

  /** The field without restriction. */
  long all() {
    return this == WEEKDAY ? range(0, 6, 1) : range(first, last, 1);
  }

  static boolean has(long values, int value) {
    return (values & 1L << value) != 0;
  }

  /** The lowest value from {@code from} on, or -1. */
  static int next(long values, int from) {
    long rest = from > 62 ? 0 : values >>> from << from;
    return rest == 0 ? -1 : Long.numberOfTrailingZeros(rest);
  }

  /**
   * The values of a field.
   *
   * @throws IllegalArgumentException with a sentence for the author
   */
  long parse(String text) {
    long values = 0;
    for (String part : text.split(",", -1)) {
      values |= part(part, text);
    }
    // Sunday is both 0 and 7.
    return this == WEEKDAY && has(values, 7) ? (values | 1) & ~(1L << 7) : values;
  }

  private long part(String part, String text) {
    int slash = part.indexOf('/');
    String base = slash < 0 ? part : part.substring(0, slash);
    int step = slash < 0 ? 1 : number(part.substring(slash + 1), 1, last, text);
    if (base.equals("*") || base.equals("?")) {
      return range(first, this == WEEKDAY ? 6 : last, step);
    }
    int dash = base.indexOf('-');
    int from = value(dash < 0 ? base : base.substring(0, dash), text);
    int to = dash >= 0 ? value(base.substring(dash + 1), text) : slash >= 0 ? last : from;
    if (to < from) {
      throw new IllegalArgumentException(
          "the " + label + " \"" + text + "\" has a range that ends before it begins");
    }
    return range(from, to, step);
  }

  private int value(String word, String text) {
    int name = names.indexOf(word.toUpperCase(Locale.ROOT));
    return name >= 0 ? name + first : number(word, first, last, text);
  }

  private int number(String word, int least, int most, String text) {
    boolean digits =
        !word.isEmpty() && word.length() < 4 && word.chars().allMatch(c -> c >= '0' && c <= '9');
    int value = digits ? Integer.parseInt(word) : -1;
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "the "
              + label
              + " \""
              + text
              + "\" is none: it takes "
              + first
              + " to "
              + last
              + (names.isEmpty() ? "" : ", names such as " + names.get(1))
              + ", *, ranges (1-5), steps (*/2) and lists (1,3)");
    }
    return value;
  }

  private static long range(int from, int to, int step) {
    long values = 0;
    for (int value = from; value <= to; value += step) {
      values |= 1L << value;
    }
    return values;
  }
}
