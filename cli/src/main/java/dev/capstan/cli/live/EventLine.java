package dev.capstan.cli.live;

import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.HistoryEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
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

  private static final DateTimeFormatter DAY_AND_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Map<Long, Instant> startedAt = new HashMap<>();

  /** The line of the next event. */
  public String of(HistoryEvent event) {
    StringBuilder line = new StringBuilder(TIME.format(event.time())).append("  ");
    line.append(event.type()).append(" ".repeat(Math.max(0, 19 - event.type().length())));
    add(line, "  ", name(event));
    if (event.attempt() != null && (event.attempt() > 1 || event.type().equals("task.retried"))) {
      add(line, "  ", "attempt " + event.attempt());
    }
    add(line, "  on ", event.node());
    add(line, "  id ", event.type().equals("task.created") ? event.taskId() : null);
    add(line, "  took ", took(event));
    Instant due = event.dueAt();
    if (due != null
        && due.isAfter(event.time())
        && !event.type().equals("task.created")
        && !event.type().equals("execution.started")) {
      add(line, "  until ", moment(due, event.time()));
    }
    add(line, "  by ", event.by());
    add(line, "  - ", event.error() == null ? event.reason() : LiveTree.words(event.error()));
    return line.toString().stripTrailing();
  }

  private static @Nullable String name(HistoryEvent event) {
    if (event.task() == null) {
      return null;
    }
    String name = RunName.of(event.task(), event.reference());
    return event.iteration() == null ? name : name + "[" + event.iteration() + "]";
  }

  /** A moment, with its day unless that is the day of the event. */
  private static String moment(Instant moment, Instant event) {
    boolean sameDay =
        moment.truncatedTo(ChronoUnit.DAYS).equals(event.truncatedTo(ChronoUnit.DAYS));
    return (sameDay ? TIME : DAY_AND_TIME).format(moment);
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
