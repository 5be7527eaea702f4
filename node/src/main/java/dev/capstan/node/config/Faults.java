package dev.capstan.node.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.Severity;
import dev.capstan.dsl.source.Position;
import dev.capstan.dsl.source.SourceDocument;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is wrong with one configuration file, with places. For one thread. */
final class Faults {
  /** Told at a time; a file with more is no configuration. */
  private static final int SHOWN = 100;

  private static final int LONGEST = 60;
  private static final String UNKNOWN_KEY = "CAP-8101";
  private static final String WRONG_VALUE = "CAP-8102";
  private static final String CONTRADICTION = "CAP-8103";

  private final SourceDocument document;
  private final List<Diagnostic> found = new ArrayList<>();

  Faults(SourceDocument document) {
    this.document = document;
  }

  void unknownKey(String pointer, String message, String hint) {
    add(UNKNOWN_KEY, pointer, document.keyPositionOf(pointer), message, hint);
  }

  void value(String pointer, String message, String hint) {
    add(WRONG_VALUE, pointer, document.positionOf(pointer), message, hint);
  }

  void valueAtKey(String pointer, String message, String hint) {
    add(WRONG_VALUE, pointer, document.keyPositionOf(pointer), message, hint);
  }

  /** Two values that can't both be meant; the place is that of the one to correct. */
  void contradiction(String pointer, String message, String hint) {
    add(CONTRADICTION, pointer, document.positionOf(pointer), message, hint);
  }

  private void add(String code, String pointer, Position at, String message, String hint) {
    if (found.size() < SHOWN) {
      found.add(
          new Diagnostic(code, Severity.ERROR, message, pointer, at.line(), at.column(), hint));
    }
  }

  /** In the order of the text. */
  List<Diagnostic> all() {
    return found.stream()
        .sorted(Comparator.comparingInt(Diagnostic::line).thenComparingInt(Diagnostic::column))
        .toList();
  }

  static String quoted(String text) {
    return "\"" + shortened(text) + "\"";
  }

  /** A value as part of a sentence. */
  static String shown(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "the text " + quoted(value.textValue());
      case NUMBER -> "the number " + shortened(value.asText());
      case BOOLEAN -> value.asText();
      case NULL, MISSING -> "empty";
      case ARRAY -> "a list";
      case OBJECT -> "a map";
      case BINARY, POJO -> "no value of YAML";
    };
  }

  private static String shortened(String text) {
    String line = text.replace('\n', ' ');
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST - 3) + "...";
  }
}
