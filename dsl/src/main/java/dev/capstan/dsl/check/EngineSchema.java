package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * The engine's settings of a task, and of a definition, as JSON schemas, made from the grammar that
 * checks them, so that an editor marks what the engine refuses.
 */
public final class EngineSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static final Map<String, String> DESCRIPTIONS =
      Map.ofEntries(
          Map.entry("require", "Labels that a node must have; cpu, memory and disk too."),
          Map.entry("prefer", "Labels that are better, each with a weight from 1 to 100."),
          Map.entry("spread", "A label: the value with the fewest such tasks is taken."),
          Map.entry("node", "Id or name of the only node that will do."),
          Map.entry("priority", "-100 to 100; a point is worth six seconds of waiting."),
          Map.entry("key", "Keys of one priority take turns, one task each."),
          Map.entry("concurrency", "How many attempts of tasks that name the key run at a time."),
          Map.entry("rate", "How many tasks that name the key start in a time."),
          Map.entry("queueTimeout", "A task that waits longer for a node faults."),
          Map.entry("recovery", "What happens when its node is lost while it runs."),
          Map.entry("recoveryTimeout", "How long retry_same_node waits for the node."),
          Map.entry("human", "A person decides: the decision is the event that is listened for."),
          Map.entry("update", "A program sends the event through the engine, and is answered."),
          Map.entry("compensate", "Tasks that undo this one when what is around it faults."),
          Map.entry("continueAsNew", "The execution ends and goes on as one of that workflow."),
          Map.entry("idempotencyKey", "What nodes are handed as the key of every attempt."),
          Map.entry("authorizationCode", "What the grant authorization_code of its call takes."),
          Map.entry("queries", "jq expressions on the context, for those who ask an execution."),
          Map.entry("deadline", "The moment at which it times out, if it has not ended."),
          Map.entry("parallel", "Of a for: how many iterations run at a time."));

  private EngineSchema() {}

  /** What stands under {@code metadata.capstan} of a task. A new tree for each call. */
  public static ObjectNode ofTask() {
    return described(EngineGrammar.LOOP, "What the engine does with this task.");
  }

  /** What stands under {@code document.metadata.capstan}. A new tree for each call. */
  public static ObjectNode ofDocument() {
    return described(EngineGrammar.DOCUMENT, "What the engine does with each execution.");
  }

  private static ObjectNode described(Shape.Fields settings, String description) {
    ObjectNode schema = fields(settings);
    schema.put("description", description);
    for (String name : settings.fields().keySet()) {
      schema
          .withObjectProperty("properties")
          .withObjectProperty(name)
          .put("description", DESCRIPTIONS.get(name));
    }
    return schema;
  }

  private static ObjectNode schema(Shape shape) {
    return switch (shape) {
      case Shape.Fields fields -> fields(fields);
      case Shape.Literal literal -> literal(literal.kind());
      case Shape.Text _ -> type("string");
      case Shape.SchemaDocument _ -> types("object", "boolean");
      case Shape.Flag _ -> type("boolean");
      case Shape.Whole whole ->
          type("integer").put("minimum", whole.least()).put("maximum", whole.most());
      case Shape.Choice choice -> {
        ArrayNode allowed = JSON.arrayNode();
        choice.allowed().forEach(allowed::add);
        yield JSON.objectNode().set("enum", allowed);
      }
      case Shape.ListOf list -> {
        ObjectNode array = type("array").put("minItems", list.least());
        array.set("items", schema(list.item()));
        yield array;
      }
      case Shape.MapOf map -> {
        ObjectNode object = type("object");
        object.set("additionalProperties", schema(map.value()));
        yield object;
      }
      case Shape.Either either -> {
        ArrayNode any = JSON.arrayNode();
        either.shapes().forEach(each -> any.add(schema(each)));
        yield JSON.objectNode().set("anyOf", any);
      }
      case Shape.TaskList _ -> JSON.objectNode().put("$ref", "#/$defs/taskList");
      case Shape.Value _,
          Shape.Opaque _,
          Shape.FreeObject _,
          Shape.Metadata _,
          Shape.Never _,
          Shape.Duration _,
          Shape.SchemaResource _,
          Shape.Named _,
          Shape.Task _,
          Shape.Unrunnable _,
          Shape.ByProperty _,
          Shape.ByValue _ ->
          throw new IllegalArgumentException("the engine has no such setting: " + shape);
    };
  }

  private static ObjectNode fields(Shape.Fields fields) {
    ObjectNode object = type("object").put("additionalProperties", false);
    ObjectNode properties = object.putObject("properties");
    ArrayNode required = JSON.arrayNode();
    fields
        .fields()
        .forEach((name, field) -> {
          properties.set(name, schema(field.shape()));
          if (field.required()) {
            required.add(name);
          }
        });
    if (!required.isEmpty()) {
      object.set("required", required);
    }
    if (fields.least() > 0) {
      object.put("minProperties", fields.least());
    }
    return object;
  }

  private static ObjectNode literal(Shape.Literal.Kind kind) {
    return switch (kind) {
      case NAME, KEY, TOKEN -> types("string", "integer");
      case VALUE -> types("string", "number", "boolean");
      case AMOUNT -> types("number", "string");
      // Without expressions: the definition of the language's own durations allows them.
      case SPAN -> {
        JsonNode text = type("string").put("pattern", "^P[^$]+$");
        JsonNode object = type("object").put("minProperties", 1);
        yield JSON.objectNode().set("anyOf", JSON.arrayNode().add(object).add(text));
      }
    };
  }

  private static ObjectNode type(String name) {
    return JSON.objectNode().put("type", name);
  }

  private static ObjectNode types(String... names) {
    ArrayNode all = JSON.arrayNode();
    for (String name : names) {
      all.add(name);
    }
    return JSON.objectNode().set("type", all);
  }
}
