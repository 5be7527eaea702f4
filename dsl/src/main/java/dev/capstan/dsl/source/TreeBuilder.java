package dev.capstan.dsl.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Grows a tree of values from the steps of a parser and refuses what exceeds the limits or stands
 * twice. For one text and one thread.
 */
final class TreeBuilder {

  /** A finished value; {@code size} and {@code height} count for every alias that repeats it. */
  record Grown(JsonNode value, Marks marks, int size, int height) {}

  private static final class Open {
    final long position;
    final @Nullable ObjectNode object;
    final List<JsonNode> items = new ArrayList<>();
    final Map<String, Marks> fieldMarks = new LinkedHashMap<>();
    final List<Marks> itemMarks = new ArrayList<>();
    final int valuesBefore;
    @Nullable String key;
    long keyPosition;
    int height;

    Open(long position, boolean isObject, int valuesBefore) {
      this.position = position;
      this.object = isObject ? JsonNodeFactory.instance.objectNode() : null;
      this.valuesBefore = valuesBefore;
    }
  }

  private final SourceLimits limits;
  private final Deque<Open> open = new ArrayDeque<>();
  private int values;
  private @Nullable Grown root;

  TreeBuilder(SourceLimits limits) {
    this.limits = limits;
  }

  /** Whether the next text is a key. */
  boolean expectsKey() {
    Open top = open.peek();
    return top != null && top.object != null && top.key == null;
  }

  /** The whole tree, when it is finished. */
  @Nullable Grown root() {
    return root;
  }

  void begin(boolean isObject, long position) throws SourceException {
    if (open.size() >= limits.depth()) {
      throw new SourceException(
          DiagnosticCode.TEXT_TOO_DEEP,
          place(position),
          "values are nested more than " + limits.depth() + " levels deep",
          "move inner tasks to a workflow of their own, and call it with run.workflow");
    }
    count(1, position);
    open.push(new Open(position, isObject, values));
  }

  Grown end() throws SourceException {
    Open top = open.pop();
    JsonNode value =
        top.object != null ? top.object : new ArrayNode(JsonNodeFactory.instance, top.items);
    Marks marks =
        top.object != null
            ? Marks.ofObject(top.position, top.fieldMarks)
            : Marks.ofList(top.position, top.itemMarks);
    return add(new Grown(value, marks, values - top.valuesBefore + 1, top.height + 1));
  }

  void key(String name, long position) throws SourceException {
    Open top = open.element();
    Marks former = top.fieldMarks.get(name);
    if (former != null) {
      throw new SourceException(
          DiagnosticCode.DUPLICATE_KEY,
          place(position),
          "the key \"" + name + "\" stands twice in one object",
          "it stands first in line " + former.keyPosition().line() + "; remove or rename one");
    }
    top.key = name;
    top.keyPosition = position;
  }

  Grown scalar(JsonNode value, long position) throws SourceException {
    count(1, position);
    return add(new Grown(value, Marks.ofScalar(position), 1, 0));
  }

  /** Puts a finished value in a second place. */
  void repeat(Grown grown, long position) throws SourceException {
    count(grown.size(), position);
    if (open.size() + grown.height() > limits.depth()) {
      throw new SourceException(
          DiagnosticCode.TEXT_TOO_DEEP,
          place(position),
          "with this alias values are nested more than " + limits.depth() + " levels deep",
          "write the value out, or make it flatter");
    }
    add(new Grown(grown.value(), grown.marks().movedTo(position), grown.size(), grown.height()));
  }

  private Grown add(Grown grown) {
    Open top = open.peek();
    if (top == null) {
      root = grown;
      return grown;
    }
    top.height = Math.max(top.height, grown.height());
    String key = top.key;
    if (top.object != null && key != null) {
      top.object.set(key, grown.value());
      top.fieldMarks.put(key, grown.marks().withKey(top.keyPosition));
      top.key = null;
    } else {
      top.items.add(grown.value());
      top.itemMarks.add(grown.marks());
    }
    return grown;
  }

  private void count(int more, long position) throws SourceException {
    values += more;
    if (values > limits.values()) {
      throw new SourceException(
          DiagnosticCode.TOO_MANY_VALUES,
          place(position),
          "the text holds more than "
              + limits.values()
              + " values, counting what aliases repeat each time",
          "split the workflow, or pass large data as input");
    }
  }

  static Position place(long packed) {
    return Marks.ofScalar(packed).valuePosition();
  }
}
