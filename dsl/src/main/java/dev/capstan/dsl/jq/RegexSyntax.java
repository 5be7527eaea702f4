package dev.capstan.dsl.jq;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a regular expression of jq's dialect (Oniguruma with Perl's syntax) to Java's: names of
 * groups, POSIX brackets, and brackets inside of classes, which mean themselves there.
 */
final class RegexSyntax {
  private static final Map<String, String> POSIX =
      Map.ofEntries(
          Map.entry("alnum", "Alnum"),
          Map.entry("alpha", "Alpha"),
          Map.entry("ascii", "ASCII"),
          Map.entry("blank", "Blank"),
          Map.entry("cntrl", "Cntrl"),
          Map.entry("digit", "Digit"),
          Map.entry("graph", "Graph"),
          Map.entry("lower", "Lower"),
          Map.entry("print", "Print"),
          Map.entry("punct", "Punct"),
          Map.entry("space", "Space"),
          Map.entry("upper", "Upper"),
          Map.entry("xdigit", "XDigit"));

  /** More repetitions of groups could take long without looking at a single character. */
  private static final long MAX_REPETITIONS = 1000;

  private final String source;
  private final StringBuilder out = new StringBuilder();

  /** The names of all groups that capture, null for those without one. */
  private final List<@Nullable String> names = new ArrayList<>();

  private long repetitions = 1;
  private int at;

  private RegexSyntax(String source) {
    this.source = source;
  }

  /** The expression in Java's syntax, and the names of its groups. */
  record Translated(String pattern, List<@Nullable String> names) {}

  static Translated translate(String source) {
    RegexSyntax syntax = new RegexSyntax(source);
    while (syntax.at < source.length()) {
      syntax.element();
    }
    return new Translated(syntax.out.toString(), syntax.names);
  }

  private boolean looking(String text) {
    return source.startsWith(text, at);
  }

  private void copy(int length) {
    int end = Math.min(source.length(), at + length);
    out.append(source, at, end);
    at = end;
  }

  private void element() {
    switch (source.charAt(at)) {
      case '\\' -> escape();
      case '[' -> bracket();
      case '(' -> group();
      case ')' -> {
        copy(1);
        countRepetitions();
      }
      default -> copy(1);
    }
  }

  private void escape() {
    int close = source.indexOf('>', at);
    if (looking("\\k<") && close > 0) {
      int group = names.indexOf(source.substring(at + 3, close));
      out.append(group < 0 ? source.substring(at, close + 1) : "\\k<g" + (group + 1) + ">");
      at = close + 1;
    } else {
      copy(2);
    }
  }

  private void group() {
    boolean python = looking("(?P<");
    boolean named = python || (looking("(?<") && !looking("(?<=") && !looking("(?<!"));
    int close = named ? source.indexOf('>', at) : -1;
    if (close > 0) {
      names.add(source.substring(at + (python ? 4 : 3), close));
      out.append("(?<g").append(names.size()).append('>');
      at = close + 1;
      return;
    }
    if (!looking("(?")) {
      names.add(null);
    }
    copy(1);
  }

  private void bracket() {
    copy(looking("[^") ? 2 : 1);
    if (at < source.length() && source.charAt(at) == ']') {
      out.append("\\]");
      at++;
    }
    while (at < source.length() && source.charAt(at) != ']') {
      char c = source.charAt(at);
      boolean copied = looking("[:") && posix();
      if (!copied) {
        out.append(c == '[' || c == '&' ? "\\" : "");
        copy(c == '\\' ? 2 : 1);
      }
    }
    copy(1);
  }

  private boolean posix() {
    int close = source.indexOf(":]", at);
    if (close < 0) {
      return false;
    }
    boolean negated = looking("[:^");
    String name = source.substring(at + (negated ? 3 : 2), close);
    String known = POSIX.get(name);
    if (known == null && !name.equals("word")) {
      return false;
    }
    out.append(
        known == null ? (negated ? "\\W" : "\\w") : (negated ? "\\P{" : "\\p{") + known + "}");
    at = close + 2;
    return true;
  }

  private void countRepetitions() {
    int end = at + 1;
    long count = 0;
    while (looking("{")
        && end < source.length()
        && Character.isDigit(source.charAt(end))
        && count <= MAX_REPETITIONS) {
      count = count * 10 + Character.digit(source.charAt(end), 10);
      end++;
    }
    repetitions *= Math.max(1, count);
    if (repetitions > MAX_REPETITIONS) {
      throw JqException.error(
          "Regex failure: groups are repeated more than " + MAX_REPETITIONS + " times");
    }
  }
}
