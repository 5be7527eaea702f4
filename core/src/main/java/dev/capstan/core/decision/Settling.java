package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.Tokens;
import java.util.Map;

/**
 * Evaluates what {@code metadata.capstan} of a task says in expressions. That is done once, when
 * the task comes to the queue for the first time, and kept in the history: whoever leads later says
 * the same of all attempts, whatever has become of {@code $context}.
 */
final class Settling {
  private static final int LONGEST_KEY = 256;
  private static final int HIGHEST = 100;

  private Settling() {}

  /**
   * Settles a run if there is something to settle and it has not been done.
   *
   * @throws TaskFailure if an expression fails or yields what can't stand in its place
   */
  static void settle(TaskRun run, Turn turn, Interpreter interpreter) {
    Template computed = run.task().header().settings().computed();
    if (computed == null || run.settled() != null) {
      return;
    }
    JsonNode values = interpreter.evaluate(run, scope -> computed.evaluate(run.input(), scope));
    ObjectNode settings = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> member : values.properties()) {
      settings.set(member.getKey(), member(run, member.getKey(), member.getValue()));
    }
    turn.record(new Event.TaskSettled(run.id(), settings));
  }

  private static JsonNode member(TaskRun run, String name, JsonNode value) {
    return switch (name) {
      case "priority" -> priority(run, value);
      case "concurrency", "rate" ->
          JsonNodeFactory.instance
              .objectNode()
              .set("key", key(run, name + ".key", value.path("key")));
      default -> key(run, name, value);
    };
  }

  private static JsonNode priority(TaskRun run, JsonNode value) {
    boolean fits =
        value.isNumber()
            && value.canConvertToExactIntegral()
            && value.canConvertToInt()
            && Math.abs((long) value.intValue()) <= HIGHEST;
    if (!fits && !value.isNull()) {
      throw wrong(run, "priority", "a whole number from -100 to 100, or null", value);
    }
    return value;
  }

  private static JsonNode key(TaskRun run, String name, JsonNode value) {
    if (value.isNull()) {
      return NullNode.getInstance();
    }
    boolean isToken = name.equals("idempotencyKey");
    String text = value.isTextual() || value.isNumber() ? value.asText() : "";
    boolean fits = isToken ? Tokens.isToken(text) : !text.isBlank() && text.length() <= LONGEST_KEY;
    if (!fits) {
      throw wrong(
          run,
          name,
          isToken
              ? "a text of at most 255 printable ASCII characters, a number or null"
              : "a text of at most 256 characters that is not blank, a number or null",
          value);
    }
    return TextNode.valueOf(text);
  }

  private static TaskFailure wrong(TaskRun run, String name, String wanted, JsonNode value) {
    return new TaskFailure(
        ErrorType.VALIDATION,
        "metadata.capstan." + name + " must be " + wanted + ", and is " + Calls.shape(value),
        run.reference());
  }

  /** What stands under {@code metadata.capstan}, with the values in place of expressions. */
  static JsonNode settings(TaskRun run) {
    JsonNode written = run.task().header().metadata().get("capstan");
    ObjectNode none = JsonNodeFactory.instance.objectNode();
    JsonNode settings = written != null && written.isObject() ? written : none;
    JsonNode settled = run.settled();
    if (settled == null) {
      return settings;
    }
    ObjectNode whole = settings.deepCopy();
    for (Map.Entry<String, JsonNode> member : settled.properties()) {
      put(whole, member.getKey(), member.getValue());
    }
    return whole;
  }

  private static void put(ObjectNode settings, String name, JsonNode value) {
    JsonNode key = value.isObject() ? value.path("key") : value;
    if (key.isNull()) {
      settings.remove(name);
    } else if (value.isObject()) {
      settings.withObjectProperty(name).set("key", key);
    } else {
      settings.set(name, value);
    }
  }
}
