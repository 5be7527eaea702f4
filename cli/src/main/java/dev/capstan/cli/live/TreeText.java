package dev.capstan.cli.live;

import dev.capstan.cli.terminal.Style;
import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Draws a tree as lines that fit a screen. When there are too many, tasks that need no attention
 * give way: first what is inside of ended tasks, then ended tasks themselves, at last whatever is
 * far down.
 *
 * @param width columns of the screen
 * @param height lines of the screen that may be used
 */
public record TreeText(int width, int height, boolean unicode, boolean colour) {
  private static final int WIDEST_NAME = 36;
  private static final int WORD = 9;

  /** How much gives way. */
  private enum Detail {
    ALL,
    ENDED_CLOSED,
    ENDED_COUNTED
  }

  /** A line before it is drawn: a task, or so many ended ones that are not shown. */
  private record Row(int depth, @Nullable LiveTask task, int hidden) {}

  /** The lines, without line ends. */
  public List<String> lines(LiveTree tree, Instant now) {
    synchronized (tree) {
      List<Row> rows = List.of();
      for (Detail detail : Detail.values()) {
        rows = new ArrayList<>();
        add(tree.root(), 0, detail, rows);
        if (rows.size() <= height) {
          break;
        }
      }
      int shown = rows.size() <= height ? rows.size() : Math.max(1, height - 1);
      int column = nameColumn(rows.subList(0, shown));
      List<String> lines = new ArrayList<>(shown + 1);
      for (Row row : rows.subList(0, shown)) {
        lines.add(row.task == null ? counted(row) : line(row, row.task, column, tree, now));
      }
      if (shown < rows.size()) {
        lines.add(paint(Style.FAINT, dots() + " and " + (rows.size() - shown) + " more lines"));
      }
      return lines;
    }
  }

  private void add(LiveTask task, int depth, Detail detail, List<Row> rows) {
    rows.add(new Row(depth, task, 0));
    if (detail != Detail.ALL && task.state.hasEnded() && depth > 0) {
      return;
    }
    int hidden = 0;
    for (LiveTask child : task.shownChildren()) {
      boolean fine = child.state == TaskState.COMPLETED || child.state == TaskState.SKIPPED;
      if (detail == Detail.ENDED_COUNTED && fine) {
        hidden++;
      } else {
        add(child, depth + 1, detail, rows);
      }
    }
    if (hidden > 0) {
      rows.add(new Row(depth + 1, null, hidden));
    }
  }

  private int nameColumn(List<Row> rows) {
    int widest = 0;
    for (Row row : rows) {
      if (row.task != null) {
        widest = Math.max(widest, row.depth * 2 + 2 + length(label(row.task)));
      }
    }
    return Math.min(widest, Math.min(WIDEST_NAME, Math.max(12, width / 2)));
  }

  private String counted(Row row) {
    String text = " ".repeat(row.depth * 2) + dots() + " " + row.hidden + " completed";
    return paint(Style.FAINT, cut(text, width));
  }

  private String line(Row row, LiveTask task, int column, LiveTree tree, Instant now) {
    String indent = " ".repeat(row.depth * 2);
    String name = cut(label(task), Math.max(4, column - row.depth * 2 - 2));
    String pad = " ".repeat(Math.max(0, column - row.depth * 2 - 2 - length(name)));
    String word = task.state.word();
    String details = details(task, row.depth == 0 ? tree.id() : null, now);
    int left = width - Math.max(column, row.depth * 2 + 2 + length(name)) - 2 - WORD - 2;
    String rest = left > 3 ? cut(details, left) : "";
    String line =
        indent
            + paint(task.state.style(), task.state.symbol(unicode))
            + " "
            + (row.depth == 0 ? paint(Style.STRONG, name) : name)
            + pad
            + "  "
            + paint(task.state.style(), word)
            + (rest.isEmpty() ? "" : " ".repeat(Math.max(0, WORD - word.length())) + "  " + rest);
    return line;
  }

  private static String label(LiveTask task) {
    return Table.printable(
        task.iteration == null ? task.name : task.name + "[" + task.iteration + "]");
  }

  private String details(LiveTask task, @Nullable String id, Instant now) {
    List<String> parts = new ArrayList<>();
    Duration duration = task.duration(now);
    if (duration != null && task.state != TaskState.PENDING) {
      parts.add(Times.show(duration));
    }
    if (task.state == TaskState.WAITING && task.dueAt != null) {
      parts.add(left(task.dueAt, now) + " left");
    }
    if (task.state == TaskState.RETRYING) {
      parts.add(
          "attempt " + task.attempt + (task.dueAt == null ? "" : " in " + left(task.dueAt, now)));
    } else if (task.attempt > 1) {
      parts.add("attempt " + task.attempt);
    }
    if (task.latestIteration() >= 0) {
      parts.add("iteration " + task.latestIteration());
    }
    if (task.progress != null) {
      parts.add(String.format(Locale.ROOT, "%d %%", Math.round(task.progress * 100)));
    }
    if (task.node != null) {
      parts.add("on " + task.node);
    }
    if (id != null) {
      parts.add(id);
    }
    String text = String.join(unicode ? " · " : ", ", parts);
    String said = task.note != null ? task.note : task.state.hasEnded() ? null : task.lastLine;
    if (said == null) {
      return text;
    }
    return (text.isEmpty() ? "" : text + (unicode ? " — " : " - ")) + Table.printable(said);
  }

  /** In seconds, which change no more often than they can be read. */
  private static String left(Instant due, Instant now) {
    Duration left = Duration.between(now, due);
    return Times.show(
        left.isNegative()
            ? Duration.ZERO
            : left.toMillis() < 1000
                ? left
                : left.truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
  }

  private String dots() {
    return unicode ? "…" : "...";
  }

  private String cut(String text, int most) {
    if (length(text) <= most) {
      return text;
    }
    String dots = dots();
    int end = text.offsetByCodePoints(0, Math.max(0, most - dots.length()));
    return text.substring(0, end) + dots;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private String paint(Style style, String text) {
    return style.paint(text, colour);
  }
}
