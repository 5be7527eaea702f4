package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes values as jq prints them: compact, keys in order of insertion. */
final class JsonText {
  private static final int PREVIEW = 14;

  private final @Nullable Run run;
  private final int limit;
  private final StringBuilder out = new StringBuilder();
  private int accounted;

  private JsonText(@Nullable Run run, int limit) {
    this.run = run;
    this.limit = limit;
  }

  static String write(Run run, JsonNode value) {
    JsonText text = new JsonText(run, Integer.MAX_VALUE);
    text.value(value, 1);
    text.account();
    return text.out.toString();
  }

  /** The beginning of a value, as error messages quote it. */
  static String preview(JsonNode value) {
    return preview(value, PREVIEW);
  }

  static String preview(JsonNode value, int length) {
    JsonText text = new JsonText(null, length + 1);
    text.value(value, 1);
    int end = text.out.length();
    if (end <= length) {
      return text.out.toString();
    }
    int cut = length - 3;
    return text.out.substring(
            0, Character.isHighSurrogate(text.out.charAt(cut - 1)) ? cut - 1 : cut)
        + "...";
  }

  private boolean full() {
    return out.length() >= limit;
  }

  private void account() {
    if (run != null) {
      run.allocate(out.length() - accounted);
      accounted = out.length();
    }
  }

  private void value(JsonNode value, int level) {
    if (run != null) {
      run.checkDepth(level);
      run.tick();
      if (out.length() - accounted > 1024) {
        account();
      }
    }
    switch (value.getNodeType()) {
      case ARRAY -> array((ArrayNode) value, level);
      case OBJECT -> object((ObjectNode) value, level);
      case STRING -> string(value.textValue());
      case NUMBER -> out.append(Num.text(value));
      case BOOLEAN -> out.append(value.booleanValue());
      case NULL, MISSING, BINARY, POJO -> out.append("null");
    }
  }

  private void array(ArrayNode array, int level) {
    out.append('[');
    for (int i = 0; i < array.size() && !full(); i++) {
      if (i > 0) {
        out.append(',');
      }
      value(array.get(i), level + 1);
    }
    out.append(']');
  }

  private void object(ObjectNode object, int level) {
    out.append('{');
    boolean first = true;
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      if (full()) {
        break;
      }
      if (!first) {
        out.append(',');
      }
      first = false;
      string(field.getKey());
      out.append(':');
      value(field.getValue(), level + 1);
    }
    out.append('}');
  }

  private void string(String text) {
    if (run != null) {
      run.allocate(text.length());
      accounted += text.length();
    }
    out.append('"');
    for (int i = 0; i < text.length() && !full(); i++) {
      character(text.charAt(i));
    }
    out.append('"');
  }

  private void character(char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      case '\b' -> out.append("\\b");
      case '\f' -> out.append("\\f");
      default -> {
        if (c < 0x20 || c == 0x7f) {
          out.append("\\u00")
              .append(Character.forDigit(c >> 4, 16))
              .append(Character.forDigit(c & 15, 16));
        } else {
          out.append(c);
        }
      }
    }
  }
}
