package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Map;

/**
 * Built-in functions on dates. A date is a number of seconds since 1970, or "broken down time":
 * year, month from 0, day, hours, minutes, seconds, day of the week from Sunday as 0, day of the
 * year from 0. All times are UTC.
 */
final class Dates {
  private static final double GREATEST = 9e13;

  private Dates() {}

  static void register(Map<String, Builtin> all) {
    all.put("now/0", (run, in, args) -> now(run));
    all.put(
        "mktime/0",
        (run, in, args) -> Num.of(toDateTime(in, "mktime").toEpochSecond(ZoneOffset.UTC)));
    all.put("gmtime/0", (run, in, args) -> brokenDown(run, seconds(in, "gmtime")));
    all.put("localtime/0", (run, in, args) -> brokenDown(run, seconds(in, "localtime")));
    all.put("strftime/1", (run, in, args) -> format(run, in, args[0], "strftime/1"));
    all.put("strflocaltime/1", (run, in, args) -> format(run, in, args[0], "strflocaltime/1"));
    all.put("strptime/1", (run, in, args) -> parse(run, in, args[0]));
  }

  private static JsonNode now(Run run) {
    Instant now = run.now();
    long micros = now.getNano() / 1_000;
    return Num.of(run, now.getEpochSecond() + micros / 1e6);
  }

  private static double seconds(JsonNode in, String function) {
    if (!Types.isNumber(in)) {
      throw JqException.error(function + "() requires numeric inputs");
    }
    double seconds = in.doubleValue();
    if (!(Math.abs(seconds) <= GREATEST)) {
      throw JqException.error("error converting number of seconds since epoch to datetime");
    }
    return seconds;
  }

  private static LocalDateTime at(double seconds) {
    return LocalDateTime.ofEpochSecond((long) Math.floor(seconds), 0, ZoneOffset.UTC);
  }

  private static JsonNode brokenDown(Run run, double seconds) {
    LocalDateTime time = at(seconds);
    return brokenDown(run, time, time.getSecond() + (seconds - Math.floor(seconds)));
  }

  static ArrayNode brokenDown(Run run, LocalDateTime time, double seconds) {
    run.allocate(8);
    return JsonNodeFactory.instance
        .arrayNode(8)
        .add(Num.of(time.getYear()))
        .add(Num.of(time.getMonthValue() - 1L))
        .add(Num.of(time.getDayOfMonth()))
        .add(Num.of(time.getHour()))
        .add(Num.of(time.getMinute()))
        .add(Num.of(run, seconds))
        .add(Num.of(time.getDayOfWeek().getValue() % 7))
        .add(Num.of(time.getDayOfYear() - 1L));
  }

  /** Broken down time as a point in time; fields out of their range carry over, as in C. */
  private static LocalDateTime toDateTime(JsonNode in, String function) {
    if (!in.isArray()) {
      throw JqException.error(function + " requires array inputs");
    }
    if (in.size() < 6) {
      throw JqException.error(function + " requires parsed datetime inputs");
    }
    long[] fields = new long[6];
    for (int i = 0; i < fields.length; i++) {
      double value = in.get(i).doubleValue();
      if (!Types.isNumber(in.get(i)) || !(Math.abs(value) < GREATEST)) {
        throw JqException.error(function + " requires parsed datetime inputs");
      }
      fields[i] = (long) value;
    }
    try {
      return LocalDateTime.of(Math.toIntExact(fields[0]), 1, 1, 0, 0)
          .plusMonths(fields[1])
          .plusDays(fields[2] - 1)
          .plusHours(fields[3])
          .plusMinutes(fields[4])
          .plusSeconds(fields[5]);
    } catch (DateTimeException | ArithmeticException e) {
      throw JqException.error("invalid gmtime representation");
    }
  }

  private static JsonNode format(Run run, JsonNode in, JsonNode format, String function) {
    if (!Types.isNumber(in) && !in.isArray()) {
      throw JqException.error(function + " requires parsed datetime inputs");
    }
    LocalDateTime time = Types.isNumber(in) ? at(seconds(in, "gmtime")) : toDateTime(in, function);
    if (!format.isTextual()) {
      throw JqException.error(function + " requires a string format");
    }
    return Strings.text(run, DateFormat.write(run, time, format.textValue()));
  }

  private static JsonNode parse(Run run, JsonNode in, JsonNode format) {
    if (!in.isTextual()) {
      throw JqException.error("strptime/1 requires string inputs and arguments");
    }
    if (!format.isTextual()) {
      throw JqException.error("strptime/1 requires string inputs and arguments");
    }
    run.tick(in.textValue().length() + format.textValue().length());
    LocalDateTime time = DateParser.parse(in.textValue(), format.textValue());
    if (time == null) {
      throw JqException.error(
          "date \"" + in.textValue() + "\" does not match format \"" + format.textValue() + "\"");
    }
    return brokenDown(run, time, time.getSecond());
  }
}
