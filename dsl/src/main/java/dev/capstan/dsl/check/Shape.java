package dev.capstan.dsl.check;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a value must look like. */
sealed interface Shape {

  /** Anything; texts inside are value positions. */
  record Value() implements Shape {}

  /** Anything; nothing inside is looked at. */
  record Opaque() implements Shape {}

  /** An object with any properties; texts inside are value positions. */
  record FreeObject(int least) implements Shape {}

  /**
   * Settings that users and engines keep for themselves.
   *
   * @param ours what stands under {@code capstan}; null when nothing is known there
   */
  record Metadata(@Nullable Shape ours) implements Shape {}

  /** A scalar that is taken as it is written: expressions are refused. */
  record Literal(Kind kind) implements Shape {
    enum Kind {
      /** A text or a whole number. */
      NAME("a text or a whole number"),
      /** The same, where an expression may stand in its place. */
      KEY("a text, a whole number or a ${ } expression"),
      /** A key that goes into headers, where an expression may stand in its place. */
      TOKEN(
          "a text of at most 255 printable ASCII characters, a whole number or a ${ } expression"),
      /** A text, a number, or true or false. */
      VALUE("a text, a number, true or false"),
      /** A number, with a unit of bytes or without. */
      AMOUNT("a number, or a text such as 8GiB"),
      /** A duration. */
      SPAN("a duration such as {seconds: 5} or PT5S");

      private final String expected;

      Kind(String expected) {
        this.expected = expected;
      }

      String expected() {
        return expected;
      }
    }
  }

  record Text(TextRole role) implements Shape {}

  record Flag() implements Shape {}

  /** Only {@code false}. */
  record Never() implements Shape {}

  record Whole(long least, long most) implements Shape {}

  record Choice(List<String> allowed) implements Shape {}

  /** A duration in any of its forms. */
  record Duration() implements Shape {}

  /** A JSON schema. */
  record SchemaDocument() implements Shape {}

  /** What a data schema is read from. */
  record SchemaResource(Shape resource) implements Shape {}

  record ListOf(String noun, Shape item, int least) implements Shape {}

  /** An object whose keys are the author's names. */
  record MapOf(String noun, Shape value) implements Shape {}

  /** An object with exactly one key, the author's name. */
  record Named(String noun, Shape value) implements Shape {}

  /** A list of named tasks. */
  record TaskList(boolean branches) implements Shape {}

  /** One task. */
  record Task() implements Shape {}

  /** What the language has, and this engine can't run: nothing could ever run by it. */
  record Unrunnable(Shape shape, String message, String hint) implements Shape {}

  /** One of several, told by the JSON type; the first that takes the type is meant. */
  record Either(String expected, List<Shape> shapes) implements Shape {}

  /** One of two objects, told by whether a property is there. */
  record ByProperty(String property, Shape with, Shape without) implements Shape {}

  /** One of two objects, told by whether a property has a certain text. */
  record ByValue(String property, String text, Shape equal, Shape other) implements Shape {}

  /**
   * An object with known properties.
   *
   * @param noun such as {@code a call task}
   * @param others what unknown properties are
   * @param exactlyOne groups of properties of which exactly one must be there
   * @param atMostOne properties of which the engine takes only one, whatever the schema says
   * @param needs property to the property that it needs
   */
  record Fields(
      String noun,
      Map<String, Field> fields,
      Others others,
      List<List<String>> exactlyOne,
      List<String> atMostOne,
      Map<String, String> needs,
      int least)
      implements Shape {}

  /** A known property. */
  record Field(Shape shape, boolean required, Context.@Nullable Step step) {}

  /** What properties are that are not known. */
  enum Others {
    /** Errors. */
    REFUSED,
    /** Mistakes that the specification's schema lets pass. */
    IGNORED,
    /** The author's own. */
    WELCOME
  }
}
