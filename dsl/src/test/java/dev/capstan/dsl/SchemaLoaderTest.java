package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

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

  @Test
  void what_is_too_large_is_refused() {
    assertThat(problem("title: " + "x".repeat(1 << 18))).isNotEqualTo("none");
  }
}
