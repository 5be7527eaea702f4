package dev.capstan.dsl.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON text as a tree (RFC 8259, no extensions). */
final class JsonReader {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonReader() {}

  static TreeBuilder.Grown read(String text, SourceLimits limits) throws SourceException {
    TreeBuilder tree = new TreeBuilder(limits);
    try (JsonParser parser = FACTORY.createParser(text)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (tree.root() != null) {
          throw new SourceException(
              DiagnosticCode.JSON_SYNTAX,
              place(parser.currentTokenLocation()),
              "something follows the end of the JSON value",
              "a definition is one object");
        }
        step(tree, parser, token, limits);
      }
    } catch (StreamConstraintsException e) {
      throw new SourceException(
          DiagnosticCode.BAD_NUMBER, place(e.getLocation()), e.getOriginalMessage(), null);
    } catch (JsonProcessingException e) {
      throw new SourceException(
          DiagnosticCode.JSON_SYNTAX,
          place(e.getLocation()),
          "this is not JSON: " + firstSentence(e.getOriginalMessage()),
          "check the commas, quotes and brackets before this place");
    } catch (IOException e) {
      throw new UncheckedIOException("reading from a string never fails", e);
    }
    TreeBuilder.Grown root = tree.root();
    if (root == null) {
      throw new SourceException(
          DiagnosticCode.EMPTY_TEXT, new Position(1, 1), "the text is empty", null);
    }
    return root;
  }

  private static void step(
      TreeBuilder tree, JsonParser parser, JsonToken token, SourceLimits limits)
      throws IOException, SourceException {
    JsonLocation location = parser.currentTokenLocation();
    long position = Marks.pack(location.getLineNr(), location.getColumnNr());
    switch (token) {
      case START_OBJECT -> tree.begin(true, position);
      case START_ARRAY -> tree.begin(false, position);
      case END_OBJECT, END_ARRAY -> tree.end();
      case FIELD_NAME -> tree.key(parser.currentName(), position);
      case VALUE_STRING -> tree.scalar(TextNode.valueOf(parser.getText()), position);
      case VALUE_TRUE -> tree.scalar(BooleanNode.TRUE, position);
      case VALUE_FALSE -> tree.scalar(BooleanNode.FALSE, position);
      case VALUE_NULL -> tree.scalar(NullNode.getInstance(), position);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          tree.scalar(number(parser.getText(), position, limits), position);
      case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("a parser of text has no " + token);
    }
  }

  private static JsonNode number(String text, long position, SourceLimits limits)
      throws SourceException {
    boolean whole = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
    return PlainScalar.number(text, whole, TreeBuilder.place(position), limits);
  }

  private static Position place(JsonLocation location) {
    return location == null
        ? new Position(1, 1)
        : new Position(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }

  private static String firstSentence(String message) {
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
