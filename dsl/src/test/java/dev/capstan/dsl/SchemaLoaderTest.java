package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may come when a schema is fetched. */
class SchemaLoaderTest {

  private static String problem(String text) {
    return SchemaLoader.load(text) instanceof SchemaLoader.Result.Rejected rejected
        ? rejected.problem()
        : "none";
  }

  @Test
  void yaml_json_however_it_is_indented_and_a_bare_truth_value_are_read() {
    String json = "{\n\t\"required\":\n\t[\t\"n\" ],\r\n\t\"title\": \"a\\u00fc\\/b\"\n}\n";

    assertThat(SchemaLoader.load(json))
        .isInstanceOfSatisfying(
            SchemaLoader.Result.Loaded.class,
            loaded ->
                assertThat(loaded.document().toString())
                    .isEqualTo("{\"required\":[\"n\"],\"title\":\"aü/b\"}"));
    assertThat(problem("required: [n]\n")).isEqualTo("none");
    assertThat(problem("true")).isEqualTo("none");
  }

  @Test
  void what_is_wrong_is_told_with_its_place() {
    assertThat(problem("properties: { n: { type: whole } }"))
        .isEqualTo("JSON Schema has no type \"whole\" (at /properties/n/type)");
    assertThat(problem("type: object\ntype: array")).contains("(line 2, column 1)");
    assertThat(problem("[]")).isEqualTo("a JSON schema must be an object, or true or false");
    assertThat(problem("{\"$ref\": \"https://example.com/other.json\"}")).contains("(at /$ref)");
    assertThat(problem("")).isNotEqualTo("none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "type: 7",
        "type: [string, 7]",
        "pattern: '('",
        "pattern: [a]",
        "$ref: 3",
        "minimum: x",
        "exclusiveMaximum: true",
        "multipleOf: 0",
        "maxLength: -1",
        "minItems: 1.5",
        "uniqueItems: 1",
        "enum: {a: 1}",
        "required: id",
        "dependentRequired: {a: b}",
        "dependencies: 7",
        "properties: [a]",
        "allOf: {a: true}",
        "format: 7",
        "$recursiveAnchor: x",
        "id: order",
      })
  void the_value_of_a_keyword_that_makes_no_sense_is_told_with_its_place(String keyword) {
    String name = keyword.substring(0, keyword.indexOf(':'));

    assertThat(problem("items: { " + keyword + " }")).contains("(at /items/" + name);
  }

  /** Their keywords make sense one by one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "$ref: '#order'",
        "{$id: 'https://example.com/a', $ref: 'https://example.com/b'}",
        "$id: '%'",
        "items: []",
        "prefixItems: []",
      })
  void what_is_found_wrong_by_preparing_it_is_told(String schema) {
    assertThat(problem(schema)).startsWith("it can't be used: ");
  }

  @Test
  void parts_that_refer_to_others_a_thousand_times_over_are_refused_or_read() {
    String chain =
        IntStream.range(0, 6000)
            .mapToObj(i -> "\"a" + i + "\": {\"$ref\": \"#/$defs/a" + (i + 1) + "\"}")
            .collect(Collectors.joining(",\n"));
    String text = "{\"$ref\": \"#/$defs/a0\", \"$defs\": {" + chain + ", \"a6000\": true}}";

    assertThat(problem(text))
        .isEqualTo("it can't be used: its parts refer to each other without end");
  }

  @Test
  void what_is_nested_deep_is_refused() {
    assertThat(problem("{\"items\": ".repeat(500) + "true" + "}".repeat(500)))
        .contains("(line 1, column ");
  }

  @Test
  void exclusive_limits_of_the_fourth_draft_are_true_or_false() {
    String draft4 = "$schema: 'http://json-schema.org/draft-04/schema#'\n";

    assertThat(problem(draft4 + "exclusiveMaximum: true\nmaximum: 3\nid: 'https://example.com/a'"))
        .isEqualTo("none");
    assertThat(problem(draft4 + "exclusiveMaximum: 3"))
        .isEqualTo("\"exclusiveMaximum\" must be true or false (at /exclusiveMaximum)");
  }

  @Test
  void what_is_too_large_is_refused() {
    assertThat(problem("title: " + "x".repeat(1 << 18))).isNotEqualTo("none");
  }
}
