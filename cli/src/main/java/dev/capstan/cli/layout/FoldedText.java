package dev.capstan.cli.layout;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;

/** Wraps the lines of folded texts, whose breaks mean a space. */
final class FoldedText {
  private static final int WIDTH = 100;

  private FoldedText() {}

  static String wrap(String text) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    for (Event event : new Parse(CanonicalLayout.READING).parseString(text)) {
      if (event instanceof ScalarEvent scalar && scalar.getScalarStyle() == ScalarStyle.FOLDED) {
        int first = event.getStartMark().orElseThrow().getLine() + 1;
        int end = event.getEndMark().orElseThrow().getLine();
        for (int i = first; i < Math.min(end, lines.size()); i++) {
          lines.set(i, wrapped(lines.get(i), indent(lines.get(first))));
        }
      }
    }
    return String.join("\n", lines) + "\n";
  }

  private static int indent(String line) {
    return line.length() - line.stripLeading().length();
  }

  /** Lines that are indented further keep their breaks in YAML, so they stay as they are. */
  private static String wrapped(String line, int indent) {
    if (line.length() <= WIDTH || indent(line) != indent) {
      return line;
    }
    StringBuilder wrapped = new StringBuilder();
    int start = indent;
    int lastBreak = -1;
    for (int i = start + 1; i < line.length() - 1; i++) {
      if (i - start + indent >= WIDTH && lastBreak > start) {
        wrapped.append(line, start, lastBreak).append('\n').append(" ".repeat(indent));
        start = lastBreak + 1;
      }
      if (line.charAt(i) == ' ' && line.charAt(i - 1) != ' ' && line.charAt(i + 1) != ' ') {
        lastBreak = i;
      }
    }
    return " ".repeat(indent) + wrapped + line.substring(start);
  }
}
