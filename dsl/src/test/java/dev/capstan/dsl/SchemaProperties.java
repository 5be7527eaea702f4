package dev.capstan.dsl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A document for every property that a JSON schema has anywhere, with that property misspelled: the
 * shortest one that the schema allows but for that. Knows as much of JSON Schema as the
 * specification's schema uses.
 */
final class SchemaProperties {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final JsonNode schema;
  private final Deque<Place> places = new ArrayDeque<>();
  private final Set<String> seen = new TreeSet<>();
  private final List<Mutation> found = new ArrayList<>();

  /** Somewhere in documents where {@code schema} holds; {@code whole} makes a document of it. */
  private record Place(JsonNode schema, String path, UnaryOperator<JsonNode> whole) {}

  /** One way to be an object of a schema. */
  private record Form(
      String where,
      Map<String, JsonNode> properties,
      Set<String> required,
      @Nullable JsonNode others) {

    Form with(Form more) {
      Map<String, JsonNode> all = new LinkedHashMap<>(properties);
      more.properties.forEach(all::putIfAbsent);
      more.properties.entrySet().stream()
          .filter(property -> property.getValue().isBoolean())
          .forEach(forbidden -> all.put(forbidden.getKey(), forbidden.getValue()));
      Set<String> needed = new TreeSet<>(required);
      needed.addAll(more.required);
      return new Form(where + more.where, all, needed, more.others == null ? others : more.others);
    }
  }

  private SchemaProperties(JsonNode schema) {
    this.schema = schema;
  }

  /** The documents; {@code what} is the path of the misspelled key. */
  static List<Mutation> misspelled(JsonNode schema) {
    SchemaProperties walk = new SchemaProperties(schema);
    walk.places.add(new Place(schema, "", document -> document));
    for (Place place = walk.places.poll(); place != null; place = walk.places.poll()) {
      walk.visit(place);
    }
    return walk.found;
  }

  private void visit(Place place) {
    for (JsonNode items : alternatives(place.schema, "items")) {
      follow(items, place.path + "/0", item -> place.whole.apply(JSON.arrayNode().add(item)));
    }
    for (Form form : forms(place.schema)) {
      visit(place, form);
    }
  }

  private void visit(Place place, Form form) {
    ObjectNode least = least(form);
    form.properties.forEach((name, property) -> {
      if (!property.isBoolean() && seen.add(form.where + "/" + name)) {
        String wrong = Mutation.misspelling(name);
        ObjectNode document = JSON.objectNode();
        document.set(wrong, least.has(name) ? least.get(name) : sample(property));
        least.properties().stream()
            .filter(member -> !member.getKey().equals(name))
            .forEach(member -> document.set(member.getKey(), member.getValue()));
        found.add(new Mutation(place.path + "/" + wrong, place.whole.apply(document)));
        follow(
            property,
            place.path + "/" + name,
            value -> place.whole.apply(least.deepCopy().set(name, value)));
      }
    });
    if (form.others != null && form.others.isObject() && seen.add(form.where + "/*")) {
      follow(
          form.others,
          place.path + "/mine",
          value -> place.whole.apply(least.deepCopy().set("mine", value)));
    }
  }

  private void follow(JsonNode inner, String path, UnaryOperator<JsonNode> whole) {
    places.add(new Place(inner, path, whole));
  }

  /** Whatever a keyword says in a schema or in any of its alternatives. */
  private List<JsonNode> alternatives(JsonNode at, String keyword) {
    List<JsonNode> all = new ArrayList<>();
    if (at.has(keyword)) {
      all.add(at.get(keyword));
    }
    parts(at).forEach(part -> all.addAll(alternatives(part, keyword)));
    choices(at).forEach(choice -> all.addAll(alternatives(choice, keyword)));
    return all;
  }

  private List<JsonNode> parts(JsonNode at) {
    List<JsonNode> parts = new ArrayList<>();
    if (at.has("$ref")) {
      parts.add(schema.at(at.get("$ref").textValue().substring(1)));
    }
    at.path("allOf").forEach(parts::add);
    return parts;
  }

  private static List<JsonNode> choices(JsonNode at) {
    List<JsonNode> choices = new ArrayList<>();
    at.path("oneOf").forEach(choices::add);
    at.path("anyOf").forEach(choices::add);
    return choices;
  }

  private List<Form> forms(JsonNode at) {
    Map<String, JsonNode> own = new LinkedHashMap<>();
    at.path("properties").properties().stream()
        .forEach(property -> own.put(property.getKey(), property.getValue()));
    Set<String> required = new TreeSet<>();
    at.path("required").forEach(name -> required.add(name.textValue()));
    String where = "@" + System.identityHashCode(at);
    List<Form> forms =
        List.of(
            new Form(
                where,
                own,
                required,
                at.path("additionalProperties").isObject()
                    ? at.get("additionalProperties")
                    : null));
    for (JsonNode part : parts(at)) {
      forms = combined(forms, forms(part));
    }
    List<Form> chosen = choices(at).stream().flatMap(choice -> forms(choice).stream()).toList();
    return chosen.isEmpty() ? forms : combined(forms, chosen);
  }

  private static List<Form> combined(List<Form> some, List<Form> others) {
    return some.stream().flatMap(one -> others.stream().map(one::with)).toList();
  }

  private ObjectNode least(Form form) {
    ObjectNode least = JSON.objectNode();
    form.required.forEach(name -> {
      JsonNode property = form.properties.get(name);
      least.set(name, property == null ? JSON.textNode("x") : sample(property));
    });
    return least;
  }

  /** The least value that a schema allows. */
  private JsonNode sample(JsonNode at) {
    if (at.has("const")) {
      return at.get("const");
    }
    if (at.has("enum")) {
      // The last one, since it is the one of a lifetime that may have all properties.
      return at.get("enum").get(at.get("enum").size() - 1);
    }
    for (JsonNode part : parts(at)) {
      return sample(part);
    }
    return switch (at.path("type").asText()) {
      case "string" -> JSON.textNode(text(at.path("pattern").asText()));
      case "integer" -> JSON.numberNode(1);
      case "boolean" -> JSON.booleanNode(true);
      case "array" -> JSON.arrayNode();
      default -> sampleOfChoice(at);
    };
  }

  private JsonNode sampleOfChoice(JsonNode at) {
    List<JsonNode> choices = choices(at);
    boolean isText =
        !choices.isEmpty() && forms(choices.getFirst()).getFirst().properties.isEmpty();
    return isText ? sample(choices.getFirst()) : least(forms(at).getFirst());
  }

  private static String text(String pattern) {
    if (pattern.startsWith("^\\s*\\$")) {
      return "${ .x }";
    }
    if (pattern.startsWith("^(0|[1-9]")) {
      return "1.0.0";
    }
    return pattern.contains("//") ? "http://localhost/" : "x";
  }
}
