package dev.capstan.cli.live;

import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.HistoryEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells a history line by line: time, type, task, and what there is to say. For one history and one
 * thread.
 */
public final class EventLine {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Map<Long, Instant> startedAt = new HashMap<>();

  /** The line of the next event. */
  public String of(HistoryEvent event) {
    StringBuilder line = new StringBuilder(TIME.format(event.time())).append("  ");
    line.append(event.type()).append(" ".repeat(Math.max(0, 19 - event.type().length())));
    add(
        line,
        "  ",
        event.task() == null
            ? null
            : event.iteration() == null
                ? event.task()
                : event.task() + "[" + event.iteration() + "]");
    if (event.attempt() != null && (event.attempt() > 1 || event.type().equals("task.retried"))) {
      add(line, "  ", "attempt " + event.attempt());
    }
    add(line, "  on ", event.node());
    add(line, "  id ", event.type().equals("task.created") ? event.taskId() : null);
    add(line, "  took ", took(event));
    if (event.dueAt() != null
        && event.dueAt().isAfter(event.time())
        && !event.type().equals("task.created")
        && !event.type().equals("execution.started")) {
      add(line, "  until ", TIME.format(event.dueAt()));
    }
    add(line, "  by ", event.by());
    add(line, "  - ", event.error() == null ? event.reason() : LiveTree.words(event.error()));
    return line.toString().stripTrailing();
  }

  private static void add(StringBuilder line, String before, @Nullable String text) {
    if (text != null) {
      line.append(before).append(Table.printable(text));
    }
  }

  private @Nullable String took(HistoryEvent event) {
    long run = event.run() == null ? 0 : event.run();
    if (event.type().endsWith(".started")) {
      startedAt.putIfAbsent(run, event.time());
      return null;
    }
    boolean ended =
        event.type().endsWith(".completed")
            || event.type().endsWith(".faulted")
            || event.type().endsWith(".cancelled");
    Instant from = ended ? startedAt.remove(run) : null;
    return from == null ? null : Times.show(Duration.between(from, event.time()));
  }
}
