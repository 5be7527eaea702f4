package dev.capstan.cli.live;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.terminal.Table;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** A life-cycle event in one line: time, type, execution, task, and what there is to say. */
public final class LifecycleLine {
  private static final String PREFIX = "io.serverlessworkflow.";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int TYPE_WIDTH = 20;

  private LifecycleLine() {}

  /** Its type in short, such as {@code task.completed}. */
  public static String type(JsonNode event) {
    String type = event.path("type").asText();
    String shorter = type.startsWith(PREFIX) ? type.substring(PREFIX.length()) : type;
    return shorter.replaceFirst("\\.v\\d+$", "");
  }

  /** The line, without its end. */
  public static String of(JsonNode event) {
    JsonNode data = event.path("data");
    StringBuilder line = new StringBuilder(time(event.path("time").asText())).append("  ");
    String type = type(event);
    line.append(Table.printable(type)).append(" ".repeat(Math.max(0, TYPE_WIDTH - type.length())));
    add(line, "  ", event.path("subject"));
    add(line, "  ", data.path("task"));
    add(line, "  ", data.path("status"));
    JsonNode error = data.path("error");
    if (error.isObject()) {
      add(line, "  - ", error.path("status"));
      add(line, " ", error.has("title") ? error.path("title") : error.path("type"));
      add(line, ": ", error.path("detail"));
    }
    return line.toString().stripTrailing();
  }

  private static String time(String time) {
    try {
      return TIME.format(Instant.parse(time));
    } catch (DateTimeParseException e) {
      return Table.printable(time);
    }
  }

  private static void add(StringBuilder line, String before, JsonNode value) {
    if (value.isValueNode() && !value.isNull()) {
      line.append(before).append(Table.printable(value.asText()));
    }
  }
}
