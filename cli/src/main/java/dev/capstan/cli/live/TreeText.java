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
  private static final int MOST_LINES_OF_A_NOTE = 2;

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
      int spare = height - rows.size();
      for (Row row : rows.subList(0, shown)) {
        if (row.task == null) {
          lines.add(counted(row));
          continue;
        }
        List<String> below = below(row, row.task, column, now, spare);
        spare -= below.size();
        lines.add(line(row, row.task, column, tree, now, below.isEmpty()));
        lines.addAll(below);
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

  /** What went wrong, below its task, where it is too long to stand beside it. */
  private List<String> below(Row row, LiveTask task, int column, Instant now, int spare) {
    boolean troubled = task.state == TaskState.RETRYING || task.state == TaskState.FAULTED;
    String note = task.note;
    if (!troubled || note == null || row.depth == 0 || spare < 1) {
      return List.of();
    }
    if (length(details(task, null, now, true)) <= left(row, name(row, task, column), column)) {
      return List.of();
    }
    String indent = " ".repeat(Math.min(row.depth * 2 + 2, width / 2));
    int room = width - indent.length();
    String text = Table.printable(note);
    List<String> lines = new ArrayList<>();
    int most = Math.min(spare, MOST_LINES_OF_A_NOTE);
    while (!text.isEmpty() && lines.size() < most) {
      boolean last = lines.size() + 1 == most;
      int end = last || length(text) <= room ? text.length() : breakBefore(text, room);
      String piece = cut(text.substring(0, end), room);
      lines.add(indent + paint(task.state.style(), piece));
      text = text.substring(end).strip();
    }
    return lines;
  }

  /** Where a line ends: at a space when there is one not too far back. */
  private static int breakBefore(String text, int room) {
    int end = text.offsetByCodePoints(0, room);
    int space = text.lastIndexOf(' ', end);
    return space > end / 2 ? space : end;
  }

  /** How much fits beside name and state. */
  private int left(Row row, String name, int column) {
    return width - Math.max(column, row.depth * 2 + 2 + length(name)) - 2 - WORD - 2;
  }

  private String name(Row row, LiveTask task, int column) {
    return cut(label(task), Math.max(4, column - row.depth * 2 - 2));
  }

  private String line(
      Row row, LiveTask task, int column, LiveTree tree, Instant now, boolean withNote) {
    String indent = " ".repeat(row.depth * 2);
    String name = name(row, task, column);
    String pad = " ".repeat(Math.max(0, column - row.depth * 2 - 2 - length(name)));
    String word = task.state.word();
    String details = details(task, row.depth == 0 ? tree.id() : null, now, withNote);
    int left = left(row, name, column);
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

  private String details(LiveTask task, @Nullable String id, Instant now, boolean withNote) {
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
    if (said == null || !withNote) {
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
