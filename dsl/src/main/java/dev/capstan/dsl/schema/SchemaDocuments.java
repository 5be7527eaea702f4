package dev.capstan.dsl.schema;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.model.TextPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the mistakes that make a JSON schema unusable or senseless, without the weight of a
 * meta-schema. Stateless.
 */
public final class SchemaDocuments {
  private static final int LONGEST_QUOTE = 60;
  private static final List<String> TYPES =
      List.of("array", "boolean", "integer", "null", "number", "object", "string");
  private static final List<String> SCHEMA_MAPS =
      List.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");
  private static final List<String> SCHEMA_LISTS =
      List.of("allOf", "anyOf", "oneOf", "prefixItems");
  private static final List<String> SCHEMAS =
      List.of(
          "items",
          "additionalItems",
          "additionalProperties",
          "contains",
          "else",
          "if",
          "not",
          "propertyNames",
          "then",
          "unevaluatedItems",
          "unevaluatedProperties");
  private static final Pattern DRAFT =
      Pattern.compile(
          "https?://json-schema\\.org/(?:draft-0[467]|draft/2019-09|draft/2020-12)/schema#?");
  private static final int MOST_PROBLEMS = 20;

  private final JsonNode root;
  private final KeywordValues values;

  /** Whether parts have names of their own, by which others refer to them. */
  private final boolean hasIds;

  private final List<Problem> problems = new ArrayList<>();

  private SchemaDocuments(JsonNode root) {
    this.root = root;
    this.values = new KeywordValues(root.path("$schema").asText().contains("/draft-04/"));
    this.hasIds = root.findValue("$id") != null;
  }

  /**
   * A mistake.
   *
   * @param steps from the root of the schema to its place
   */
  public record Problem(List<String> steps, String message, @Nullable String hint) {
    public Problem {
      steps = List.copyOf(steps);
    }
  }

  /** The mistakes of a schema, at most 20. */
  public static List<Problem> problems(JsonNode schema) {
    SchemaDocuments check = new SchemaDocuments(schema);
    check.schema(schema, List.of());
    return check.problems.subList(0, Math.min(MOST_PROBLEMS, check.problems.size()));
  }

  private void schema(JsonNode schema, List<String> place) {
    if (schema.isBoolean()) {
      return;
    }
    if (!schema.isObject()) {
      report(place, "a JSON schema must be an object, or true or false", null);
      return;
    }
    for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
      keyword(keyword.getKey(), keyword.getValue(), step(place, keyword.getKey()));
    }
  }

  private void keyword(String name, JsonNode value, List<String> place) {
    if (SCHEMA_MAPS.contains(name)) {
      schemaMap(name, value, place);
    } else if (SCHEMA_LISTS.contains(name)) {
      schemaList(name, value, place);
    } else if (name.equals("items") && value.isArray()) {
      schemaList(name, value, place);
    } else if (SCHEMAS.contains(name)) {
      schema(value, place);
    } else {
      simpleKeyword(name, value, place);
    }
  }

  private void simpleKeyword(String name, JsonNode value, List<String> place) {
    switch (name) {
      case "type" -> type(value, place);
      case "pattern" -> pattern(value.isTextual() ? value.textValue() : null, place);
      case "$ref", "$dynamicRef" -> reference(value, place);
      case "$schema" -> {
        if (!value.isTextual() || !DRAFT.matcher(value.textValue()).matches()) {
          report(
              place,
              "this draft of JSON Schema is not known",
              "known: draft-04, draft-06, draft-07, 2019-09 and 2020-12, such as"
                  + " https://json-schema.org/draft/2020-12/schema");
        }
      }
      default -> {
        String problem = values.problem(name, value);
        if (problem != null) {
          report(place, problem, null);
        }
      }
    }
  }

  private void schemaMap(String name, JsonNode value, List<String> place) {
    if (!value.isObject()) {
      report(place, "\"" + name + "\" must be an object of schemas", null);
      return;
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (name.equals("patternProperties")) {
        pattern(entry.getKey(), step(place, entry.getKey()));
      }
      schema(entry.getValue(), step(place, entry.getKey()));
    }
  }

  private void schemaList(String name, JsonNode value, List<String> place) {
    if (!value.isArray()) {
      report(place, "\"" + name + "\" must be a list of schemas", null);
      return;
    }
    for (int i = 0; i < value.size(); i++) {
      schema(value.get(i), step(place, Integer.toString(i)));
    }
  }

  private void type(JsonNode value, List<String> place) {
    List<JsonNode> types = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(types::add);
    } else {
      types.add(value);
    }
    for (JsonNode type : types) {
      if (!type.isTextual() || !TYPES.contains(type.textValue())) {
        String nearest = NearestName.among(TYPES, type.asText());
        report(
            place,
            "JSON Schema has no type " + shortened(type.toString()),
            "allowed: "
                + String.join(", ", TYPES)
                + (nearest == null ? "" : "\nfix: did you mean \"" + nearest + "\"?"));
      }
    }
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }

  private void pattern(@Nullable String text, List<String> place) {
    if (text == null) {
      report(place, "\"pattern\" must be a text", null);
      return;
    }
    try {
      var _ = TextPattern.compile(text, BoundedPattern.MOST_LOOKS);
    } catch (PatternSyntaxException e) {
      report(
          place,
          "\"" + shortened(text) + "\" is no regular expression: " + e.getDescription(),
          null);
    }
  }

  private void reference(JsonNode value, List<String> place) {
    if (!value.isTextual()) {
      report(place, "a reference must be a text", null);
      return;
    }
    String target = value.textValue();
    boolean local = target.startsWith("#");
    if (!local && !DRAFT.matcher(target).matches() && !hasIds) {
      report(
          place,
          "the schema refers to \"" + target + "\", which is not part of it",
          "fix: put that schema under $defs, and refer to it as #/$defs/name");
    }
    if (target.startsWith("#/") && target.indexOf('%') < 0 && !resolves(target.substring(1))) {
      report(place, "the schema has nothing at \"" + target + "\"", null);
    }
  }

  private boolean resolves(String pointer) {
    return hasIds || !root.at(JsonPointer.compile(pointer)).isMissingNode();
  }

  private void report(List<String> place, String message, @Nullable String hint) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(new Problem(place, message, hint));
    }
  }

  private static List<String> step(List<String> place, String step) {
    List<String> steps = new ArrayList<>(place);
    steps.add(step);
    return steps;
  }
}
