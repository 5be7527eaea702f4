package dev.capstan.cli.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows under headings, in columns as wide as their widest cell, or narrower where a person's
 * terminal is too narrow for that.
 */
public final class Table {
  private static final String GAP = "  ";
  private static final String DOTS = "…";
  private static final int NARROWEST = 8;

  private final List<String> headings;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with these headings. */
  public Table(String... headings) {
    this.headings = List.of(headings);
  }

  /** Adds a row with a cell for each heading. */
  public void row(String... cells) {
    if (cells.length != headings.size()) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + headings.size() + " headings");
    }
    rows.add(Arrays.stream(cells).map(Table::printable).toList());
  }

  /**
   * The lines, the headings first, as far as that goes no longer than this: columns without any
   * cell are left out, and the widest are cut. The first, which names what the row is about, never
   * is.
   */
  public List<String> lines(int most) {
    int[] widths = widths();
    if (total(widths) > most) {
      for (int i = 1; i < widths.length; i++) {
        int column = i;
        widths[i] = rows.stream().allMatch(row -> row.get(column).isEmpty()) ? 0 : widths[i];
      }
    }
    while (total(widths) > most) {
      int widest = 0;
      for (int i = 1; i < widths.length; i++) {
        widest = widths[i] > NARROWEST && (widest == 0 || widths[i] > widths[widest]) ? i : widest;
      }
      if (widest == 0) {
        break;
      }
      widths[widest]--;
    }
    List<String> lines = new ArrayList<>(rows.size() + 1);
    lines.add(line(headings, widths));
    rows.forEach(row -> lines.add(line(row, widths)));
    return lines;
  }

  private static int total(int[] widths) {
    int total = -GAP.length();
    for (int width : widths) {
      total += width == 0 ? 0 : width + GAP.length();
    }
    return total;
  }

  private int[] widths() {
    int[] widths = new int[headings.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = width(headings.get(i));
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    return widths;
  }

  private static String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      if (widths[i] == 0) {
        continue;
      }
      String cell = cut(cells.get(i), widths[i]);
      line.append(i == 0 ? "" : GAP).append(cell).append(" ".repeat(widths[i] - width(cell)));
    }
    return line.toString().stripTrailing();
  }

  private static String cut(String cell, int most) {
    return width(cell) <= most
        ? cell
        : cell.substring(0, cell.offsetByCodePoints(0, most - 1)) + DOTS;
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  /** On one line and without what would move the cursor. */
  public static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c == '\n' || c == '\t' || c == '\r' ? ' ' : c)
        .filter(c -> !Character.isISOControl(c))
        .forEach(shown::appendCodePoint);
    return shown.toString();
  }
}
