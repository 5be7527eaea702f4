package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import org.jspecify.annotations.Nullable;

/** Adds up many values as {@code +} does, without copying the sum for each of them. */
final class Summing {
  private final Run run;
  private JsonNode sum = NullNode.getInstance();

  /** The characters of the sum, when it is a string of several parts. */
  private @Nullable StringBuilder text;

  /** Whether the sum is a container that was made here and may be appended to. */
  private boolean owned;

  Summing(Run run) {
    this.run = run;
  }

  @SuppressWarnings("ReferenceEquality") // only a sum that is nobody else's may be changed
  void add(JsonNode value) {
    run.tick();
    if (text != null && value.isTextual()) {
      run.allocate(value.textValue().length());
      text.append(value.textValue());
    } else if (owned && sum instanceof ArrayNode array && value instanceof ArrayNode more) {
      run.allocate(more.size());
      array.addAll(more);
    } else if (owned && sum instanceof ObjectNode object && value instanceof ObjectNode more) {
      run.allocate(more.size());
      object.setAll(more);
    } else if (text == null && sum.isTextual() && value.isTextual()) {
      run.allocate((long) sum.textValue().length() + value.textValue().length());
      text = new StringBuilder(sum.textValue()).append(value.textValue());
    } else {
      JsonNode before = result();
      text = null;
      sum = Arithmetic.add(run, before, value);
      owned = sum != before && sum != value && sum.isContainerNode();
    }
  }

  JsonNode result() {
    return text == null ? sum : TextNode.valueOf(text.toString());
  }
}
