package dev.capstan.dsl.source;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a text says, and where. Immutable. */
public final class SourceDocument {
  private final JsonNode root;
  private final @Nullable Marks marks;
  private final String text;

  SourceDocument(JsonNode root, @Nullable Marks marks, String text) {
    this.root = root;
    this.marks = marks;
    this.text = text;
  }

  /** A tree that never was text; all places are unknown. */
  static SourceDocument of(JsonNode root) {
    return new SourceDocument(root, null, "");
  }

  /** The value of the whole text. */
  public JsonNode root() {
    return root;
  }

  /** The text itself; empty for a tree that never was text. */
  public String text() {
    return text;
  }

  /** Where the value at a JSON pointer begins; the nearest value around it when there is none. */
  public Position positionOf(String pointer) {
    Marks found = find(pointer);
    return found == null ? Position.UNKNOWN : found.valuePosition();
  }

  /** Where the key of the value at a JSON pointer begins; that of an item is the item itself. */
  public Position keyPositionOf(String pointer) {
    Marks found = find(pointer);
    return found == null ? Position.UNKNOWN : found.keyPosition();
  }

  /**
   * The place of one character of a text value, as far as it can be told from the way that the
   * value is written.
   *
   * @param offset from 0, in the value
   */
  public Position positionInside(String pointer, String value, int offset) {
    Position start = positionOf(pointer);
    return start.line() == 0 ? start : ScalarText.locate(text, start, value, offset);
  }

  private @Nullable Marks find(String pointer) {
    Marks here = marks;
    for (String step : steps(pointer)) {
      Marks next = here == null ? null : here.child(step);
      if (next == null) {
        return here;
      }
      here = next;
    }
    return here;
  }

  private static List<String> steps(String pointer) {
    List<String> steps = new ArrayList<>();
    int start = 1;
    while (start <= pointer.length()) {
      int end = pointer.indexOf('/', start);
      String step = pointer.substring(start, end < 0 ? pointer.length() : end);
      steps.add(step.replace("~1", "/").replace("~0", "~"));
      start = end < 0 ? pointer.length() + 1 : end + 1;
    }
    return steps;
  }
}
