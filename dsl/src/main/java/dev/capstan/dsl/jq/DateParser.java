package dev.capstan.dsl.jq;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads dates as C's {@code strptime} does in the C locale. Fields that are not given are those of
 * 1900-01-01 00:00:00.
 */
final class DateParser {
  private final String text;
  private int at;

  private int year = 1900;
  private int month = 1;
  private int day = 1;
  private int hour;
  private int minute;
  private int second;
  private int dayOfYear;
  private boolean twelveHours;
  private boolean afternoon;
  private @Nullable LocalDateTime absolute;

  private DateParser(String text) {
    this.text = text;
  }

  /** The date, or null if the text does not fit the format. */
  static @Nullable LocalDateTime parse(String text, String format) {
    DateParser parser = new DateParser(text);
    return parser.match(format) && parser.at == text.length() ? parser.result() : null;
  }

  private @Nullable LocalDateTime result() {
    if (absolute != null) {
      return absolute;
    }
    try {
      int hours = twelveHours ? hour % 12 + (afternoon ? 12 : 0) : hour;
      LocalDateTime date =
          dayOfYear > 0
              ? LocalDateTime.of(year, 1, 1, 0, 0).plusDays(dayOfYear - 1L)
              : LocalDateTime.of(year, month, day, 0, 0);
      return date.plusHours(hours).plusMinutes(minute).plusSeconds(second);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private boolean match(String format) {
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      boolean matched;
      if (c == '%' && i + 1 < format.length()) {
        i++;
        matched = field(format.charAt(i));
      } else if (Character.isWhitespace(c)) {
        matched = skipSpace();
      } else {
        matched = at < text.length() && text.charAt(at) == c;
        at++;
      }
      if (!matched) {
        return false;
      }
    }
    return true;
  }

  private boolean field(char field) {
    return switch (field) {
      case 'Y' -> (year = signed(4)) != Integer.MIN_VALUE;
      case 'm' -> (month = number(2, 1, 12)) >= 0;
      case 'd', 'e' -> (day = number(2, 1, 31)) >= 0;
      case 'H', 'k' -> (hour = number(2, 0, 23)) >= 0;
      case 'I', 'l' -> (twelveHours = true) && (hour = number(2, 1, 12)) >= 0;
      case 'M' -> (minute = number(2, 0, 59)) >= 0;
      case 'S' -> (second = number(2, 0, 60)) >= 0;
      case 'j' -> (dayOfYear = number(3, 1, 366)) >= 0;
      case 'y' -> shortYear();
      case 'p', 'P' -> halfOfDay();
      case 'A', 'a' -> name(DateFormat.DAYS) >= 0;
      case 'B', 'b', 'h' -> (month = name(DateFormat.MONTHS) + 1) > 0;
      case 'Z' -> zoneName();
      case 'z' -> zoneOffset();
      case 's' -> epoch();
      case 'T' -> match("%H:%M:%S");
      case 'R' -> match("%H:%M");
      case 'r' -> match("%I:%M:%S %p");
      case 'D' -> match("%m/%d/%y");
      case 'F' -> match("%Y-%m-%d");
      case 'c' -> match("%a %b %e %H:%M:%S %Y");
      case 'u', 'w' -> number(1, 0, 7) >= 0;
      case 'U', 'V', 'W' -> number(2, 0, 53) >= 0;
      case 'n', 't' -> skipSpace();
      case '%' -> at < text.length() && text.charAt(at++) == '%';
      default -> false;
    };
  }

  private boolean skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return true;
  }

  /** A number of at most some digits within bounds, or -1. */
  private int number(int width, int least, int most) {
    skipSpace();
    int value = 0;
    int start = at;
    while (at < text.length() && at - start < width && Character.isDigit(text.charAt(at))) {
      value = value * 10 + Character.digit(text.charAt(at), 10);
      at++;
    }
    return at > start && value >= least && value <= most ? value : -1;
  }

  private int signed(int width) {
    skipSpace();
    boolean negative = at < text.length() && text.charAt(at) == '-';
    at += negative ? 1 : 0;
    int value = number(width, 0, 9999);
    return value < 0 ? Integer.MIN_VALUE : negative ? -value : value;
  }

  private boolean shortYear() {
    int value = number(2, 0, 99);
    year = value < 69 ? 2000 + value : 1900 + value;
    return value >= 0;
  }

  private boolean halfOfDay() {
    afternoon = text.regionMatches(true, at, "PM", 0, 2);
    boolean known = afternoon || text.regionMatches(true, at, "AM", 0, 2);
    at += 2;
    return known;
  }

  /** The index of a full or abbreviated name, or -1. */
  private int name(List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      for (String form : List.of(name, name.substring(0, 3))) {
        if (text.regionMatches(true, at, form, 0, form.length())) {
          at += form.length();
          return i;
        }
      }
    }
    return -1;
  }

  private boolean zoneName() {
    int start = at;
    while (at < text.length() && Character.isLetter(text.charAt(at))) {
      at++;
    }
    return at > start;
  }

  /** As in jq, an offset is read and has no effect: broken down time has no place for it. */
  private boolean zoneOffset() {
    if (at < text.length() && text.charAt(at) == 'Z') {
      at++;
      return true;
    }
    boolean sign = at < text.length() && "+-".indexOf(text.charAt(at)) >= 0;
    at++;
    boolean hours = sign && number(2, 0, 14) >= 0;
    if (hours && at < text.length() && text.charAt(at) == ':') {
      at++;
    }
    return hours
        && (at == text.length() || !Character.isDigit(text.charAt(at)) || number(2, 0, 59) >= 0);
  }

  private boolean epoch() {
    int start = at;
    while (at < text.length() && at - start < 13 && Character.isDigit(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      return false;
    }
    absolute =
        LocalDateTime.ofEpochSecond(Long.parseLong(text.substring(start, at)), 0, ZoneOffset.UTC);
    return true;
  }
}
