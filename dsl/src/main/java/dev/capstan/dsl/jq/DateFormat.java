package dev.capstan.dsl.jq;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.IsoFields;
import java.util.List;

/** Writes dates as C's {@code strftime} does in the C locale. */
final class DateFormat {
  static final List<String> DAYS =
      List.of("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday");
  static final List<String> MONTHS =
      List.of(
          "January",
          "February",
          "March",
          "April",
          "May",
          "June",
          "July",
          "August",
          "September",
          "October",
          "November",
          "December");

  private DateFormat() {}

  static String write(Run run, LocalDateTime time, String format) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      run.allocate(8);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
      } else {
        i++;
        out.append(field(run, time, format.charAt(i)));
      }
    }
    return out.toString();
  }

  private static String field(Run run, LocalDateTime time, char field) {
    return switch (field) {
      case 'A' -> DAYS.get(weekday(time));
      case 'a' -> DAYS.get(weekday(time)).substring(0, 3);
      case 'B' -> MONTHS.get(time.getMonthValue() - 1);
      case 'b', 'h' -> MONTHS.get(time.getMonthValue() - 1).substring(0, 3);
      case 'C' -> pad(Math.floorDiv(time.getYear(), 100), 2, '0');
      case 'c' -> write(run, time, "%a %b %e %H:%M:%S %Y");
      case 'D', 'x' -> write(run, time, "%m/%d/%y");
      case 'd' -> pad(time.getDayOfMonth(), 2, '0');
      case 'e' -> pad(time.getDayOfMonth(), 2, ' ');
      case 'F' -> write(run, time, "%Y-%m-%d");
      case 'H' -> pad(time.getHour(), 2, '0');
      case 'I' -> pad(hour12(time), 2, '0');
      case 'j' -> pad(time.getDayOfYear(), 3, '0');
      case 'k' -> pad(time.getHour(), 2, ' ');
      case 'l' -> pad(hour12(time), 2, ' ');
      case 'M' -> pad(time.getMinute(), 2, '0');
      case 'm' -> pad(time.getMonthValue(), 2, '0');
      case 'n' -> "\n";
      case 'p' -> time.getHour() < 12 ? "AM" : "PM";
      case 'P' -> time.getHour() < 12 ? "am" : "pm";
      case 'R' -> write(run, time, "%H:%M");
      case 'r' -> write(run, time, "%I:%M:%S %p");
      case 'S' -> pad(time.getSecond(), 2, '0');
      case 's' -> Long.toString(time.toEpochSecond(ZoneOffset.UTC));
      case 'T', 'X' -> write(run, time, "%H:%M:%S");
      case 't' -> "\t";
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'w' -> Integer.toString(weekday(time));
      case 'Y' -> Integer.toString(time.getYear());
      case 'y' -> pad(Math.floorMod(time.getYear(), 100), 2, '0');
      case 'Z' -> "UTC";
      case 'z' -> "+0000";
      case 'G', 'g', 'U', 'V', 'W' -> week(time, field);
      case '%' -> "%";
      default -> "%" + field;
    };
  }

  private static String week(LocalDateTime time, char field) {
    int year = time.get(IsoFields.WEEK_BASED_YEAR);
    return switch (field) {
      case 'G' -> Integer.toString(year);
      case 'g' -> pad(Math.floorMod(year, 100), 2, '0');
      case 'V' -> pad(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0');
      case 'U' -> pad((time.getDayOfYear() - 1 + 7 - weekday(time)) / 7, 2, '0');
      default -> pad((time.getDayOfYear() - 1 + 7 - (weekday(time) + 6) % 7) / 7, 2, '0');
    };
  }

  private static int weekday(LocalDateTime time) {
    return time.getDayOfWeek().getValue() % 7;
  }

  private static int hour12(LocalDateTime time) {
    return (time.getHour() + 11) % 12 + 1;
  }

  private static String pad(int number, int width, char filler) {
    String digits = Integer.toString(number);
    return String.valueOf(filler).repeat(Math.max(0, width - digits.length())) + digits;
  }
}
