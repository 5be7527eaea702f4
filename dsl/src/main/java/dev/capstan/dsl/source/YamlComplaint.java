package dev.capstan.dsl.source;

import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** What the YAML parser says, in words for the author of the text. */
final class YamlComplaint {
  private YamlComplaint() {}

  /** What is wrong with {@code text}. */
  static SourceException of(YamlEngineException failure, String text) {
    if (failure instanceof MarkedYamlEngineException marked) {
      return ofMarked(marked);
    }
    if (failure instanceof ReaderException reader) {
      return new SourceException(
          DiagnosticCode.YAML_SYNTAX,
          of(text, Math.max(0, text.indexOf(reader.getCodePoint()))),
          "the text holds a character that YAML does not allow: U+"
              + String.format(java.util.Locale.ROOT, "%04X", reader.getCodePoint()),
          "write it as an escape in double quotes");
    }
    return new SourceException(
        DiagnosticCode.YAML_SYNTAX,
        Position.UNKNOWN,
        "this is not YAML: " + failure.getMessage(),
        null);
  }

  private static SourceException ofMarked(MarkedYamlEngineException failure) {
    String problem = String.valueOf(failure.getProblem());
    String context = String.valueOf(failure.getContext());
    Position place = position(failure.getProblemMark());
    Position begin = position(failure.getContextMark());
    if (problem.contains("TAB")) {
      return new SourceException(
          DiagnosticCode.TAB_INDENTATION,
          place,
          "a tab stands where YAML wants spaces",
          "indent with spaces; put a text that begins with a tab in quotes");
    }
    if (context.contains("quoted scalar") && problem.contains("end of stream")) {
      return new SourceException(
          DiagnosticCode.UNCLOSED_QUOTE,
          begin,
          "this quoted text has no end",
          "add the closing quote; in single quotes write a quote as '', in double quotes as \\\"");
    }
    return new SourceException(
        DiagnosticCode.YAML_SYNTAX,
        place.line() == 0 ? begin : place,
        message(problem),
        hint(problem, context));
  }

  private static String message(String problem) {
    if (problem.contains("mapping values are not allowed")) {
      return "a second \": \" stands in one line";
    }
    if (problem.contains("<block end>")) {
      return "this does not continue what stands above it";
    }
    if (problem.startsWith("found character '") && problem.contains("cannot start any token")) {
      return "a text can't begin with "
          + problem.substring("found character ".length()).split(" ", 2)[0];
    }
    return "this is not YAML: " + problem;
  }

  private static @Nullable String hint(String problem, String context) {
    if (problem.contains("mapping values are not allowed")) {
      return "put a text that contains \": \" in quotes, and check the indentation";
    }
    if (problem.contains("<block end>") || problem.contains("could not find expected ':'")) {
      return "check the indentation of this line and of the line above; inside of single quotes write ' as ''";
    }
    if (problem.contains("cannot start any token")) {
      return "put a text that begins with this character in quotes";
    }
    if (context.contains("flow")) {
      return "check the commas and brackets before this place";
    }
    return null;
  }

  private static Position of(String text, int index) {
    int line = 1 + (int) text.substring(0, index).chars().filter(c -> c == '\n').count();
    return new Position(line, index - text.lastIndexOf('\n', index - 1));
  }

  private static Position position(Optional<Mark> mark) {
    return mark.map(m -> new Position(m.getLine() + 1, m.getColumn() + 1)).orElse(Position.UNKNOWN);
  }
}
