package dev.capstan.verify.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One way to run an example of the specification, from {@code specification-examples.yaml}.
 *
 * @param example the name of its file
 * @param number counted from 1 among the plays of the example
 */
record ExamplePlay(String example, int number, JsonNode json) {
  private static final Path EXAMPLES = Path.of("../dsl/src/test/resources/conformance/examples");

  /** All plays by example, in the order of their names. */
  static Map<String, List<ExamplePlay>> all() {
    try {
      JsonNode plan =
          Engine.yaml(Files.readString(Path.of("src/test/resources/specification-examples.yaml")));
      Map<String, List<ExamplePlay>> plays = new TreeMap<>();
      plan.properties()
          .forEach(entry -> plays.put(entry.getKey(), of(entry.getKey(), entry.getValue())));
      return plays;
    } catch (IOException e) {
      throw new IllegalStateException("the plan of the examples can't be read", e);
    }
  }

  private static List<ExamplePlay> of(String example, JsonNode json) {
    if (!json.isArray()) {
      return List.of(new ExamplePlay(example, 1, json));
    }
    return Stream.iterate(0, i -> i < json.size(), i -> i + 1)
        .map(i -> new ExamplePlay(example, i + 1, json.get(i)))
        .toList();
  }

  /** The names of all files of examples that the repository has. */
  static List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.map(Path::getFileName).map(Objects::toString).sorted().toList();
    }
  }

  String definition() throws IOException {
    return Files.readString(EXAMPLES.resolve(example));
  }

  /** What is missing to run it; empty when it is run. */
  String loads() {
    return json.path("loads").asText("");
  }

  /** What starts it: {@code hand}, {@code events} or {@code virtual time}. */
  String by() {
    return json.path("by").asText("hand");
  }

  /** A remark for readers; empty for none. */
  String says() {
    return json.path("says").asText("");
  }

  JsonNode input() {
    return json.has("input") ? json.get("input") : JsonNodeFactory.instance.objectNode();
  }

  /** The events, each with an id that no other has. */
  List<JsonNode> events() {
    List<JsonNode> events = new ArrayList<>();
    for (JsonNode given : json.path("events")) {
      ObjectNode event = JsonNodeFactory.instance.objectNode();
      event.put("specversion", "1.0").put("id", example + "/" + number + "/" + events.size());
      event.put("source", "https://example.com/stand-in");
      given.properties().forEach(member -> event.set(member.getKey(), member.getValue()));
      events.add(event);
    }
    return events;
  }

  /** What the server of WebSockets says to who subscribes. */
  List<JsonNode> messages() {
    return json.path("messages").valueStream().toList();
  }

  JsonNode expected() {
    return json.path("expect");
  }

  String title() {
    return example + " " + number;
  }
}
