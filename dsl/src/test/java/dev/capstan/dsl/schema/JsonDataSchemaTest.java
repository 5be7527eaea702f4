package dev.capstan.dsl.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A data schema")
class JsonDataSchemaTest {

  @Test
  void tells_what_is_wrong_and_where() {
    assertThat(
            violations(
                "{type: object, required: [id], properties: {a: {items: {type: integer}}}}",
                "{a: [1, 'x']}"))
        .containsExactlyInAnyOrder(
            "required property 'id' not found", "/a/1: string found, integer expected");
    assertThat(violations("{type: object}", "{a: 1}")).isEmpty();
  }

  @Test
  void tells_twenty_violations_at_most() {
    String data = "[" + "1,".repeat(500) + "1]";
    assertThat(violations("{items: {type: string}}", data)).hasSize(20);
  }

  @Test
  void is_of_the_draft_that_it_names_and_of_2020_12_otherwise() {
    String tuple = "items: [{type: integer}]";
    String draft7 = "{$schema: 'http://json-schema.org/draft-07/schema#', " + tuple + "}";
    assertThat(violations(draft7, "['x']")).hasSize(1);
    assertThat(violations("{prefixItems: [{type: integer}]}", "['x']")).hasSize(1);
    assertThat(
            violations(
                "{$schema: 'http://json-schema.org/draft-07/schema#', prefixItems: [{type: integer}]}",
                "['x']"))
        .isEmpty();
  }

  @Test
  void may_be_true_or_false() {
    assertThat(violations("true", "1")).isEmpty();
    assertThat(violations("false", "1")).hasSize(1);
  }

  /** 2 to the power of 40 steps, by a schema of a few lines: by its references, or by its data. */
  @Test
  void gives_up_on_parts_that_refer_to_others_twice_again_and_again() {
    String parts =
        IntStream.rangeClosed(1, 40)
            .mapToObj(i ->
                "a%d: {allOf: [{$ref: '#/$defs/a%d'}, {$ref: '#/$defs/a%d'}]}"
                    .formatted(i, i - 1, i - 1))
            .collect(Collectors.joining(", "));
    String tooMuch = "the data can't be checked: checking it takes more than 2000000 steps";
    assertThat(
            violations("{$ref: '#/$defs/a40', $defs: {a0: {type: object}, " + parts + "}}", "{}"))
        .containsExactly(tooMuch);

    String twice = "{properties: {x: {$ref: '#'}}}";
    String deep = "{x: ".repeat(40) + "1" + "}".repeat(40);
    assertThat(violations("{allOf: [" + twice + ", " + twice + "]}", deep))
        .containsExactly(tooMuch);
  }

  @Test
  void checks_what_is_large() {
    String items = "[" + "{a: 1, b: x}, ".repeat(20_000) + "{a: x}]";
    assertThat(
            violations(
                "{items: {type: object, required: [a], properties: {a: {type: integer}, b: {maxLength: 9}}}}",
                items))
        .containsExactly("/20000/a: string found, integer expected");
  }

  @Test
  void gives_up_on_a_pattern_that_backtracks_without_end() {
    assertThat(violations("{pattern: '^(a+)+\\1b$'}", "'" + "a".repeat(60) + "!'"))
        .containsExactly("the data can't be checked: the pattern \"^(a+)+\\1b$\" takes too long");
  }

  @Test
  void gives_up_on_a_schema_that_refers_to_itself_without_end() {
    assertThat(violations("{$ref: '#'}", "1")).hasSize(1);
  }

  /** A cubic pattern on two hundred texts, each well within the limit of one match. */
  @Test
  void gives_up_on_patterns_that_take_too_long_together() {
    String items = ("'" + "a".repeat(200) + "', ").repeat(200);
    assertThat(violations("{items: {pattern: '(.*)(.*)(.*)x'}}", "[" + items + "]"))
        .singleElement()
        .asString()
        .startsWith("the data can't be checked: the pattern ");
  }

  @Test
  void says_that_it_can_not_be_used_whatever_its_library_does() {
    assertThat(violations("{$dynamicRef: '#'}", "1"))
        .containsExactly(
            "the schema can't be used: one of its keywords has a value that makes no sense");
    String draft7 = "$schema: 'http://json-schema.org/draft-07/schema#'";
    assertThat(violations("{" + draft7 + ", contentMediaType: 7}", "x")).hasSize(1);
  }

  @Test
  void never_fetches_anything() {
    assertThat(violations("{$id: 'https://a.invalid/x', $ref: 'https://b.invalid/y.json'}", "1"))
        .singleElement()
        .asString()
        .startsWith("the schema can't be used");
    assertThat(
            violations("{$id: 'https://a.invalid/x', $ref: 'classpath:/logging.properties'}", "1"))
        .singleElement()
        .asString()
        .startsWith("the schema can't be used");
  }

  @Test
  void does_not_meet_another_schema_of_the_same_id() {
    assertThat(violations("{$id: 'https://a.invalid/x', type: integer}", "1")).isEmpty();
    assertThat(violations("{$id: 'https://a.invalid/x', type: string}", "1")).hasSize(1);
  }

  @Test
  void may_be_used_by_many_threads_from_the_start()
      throws InterruptedException, ExecutionException {
    JsonDataSchema schema = new JsonDataSchema(json("{items: {type: integer}}"));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<String>>> answers =
          IntStream.range(0, 100)
              .mapToObj(i -> threads.submit(() -> schema.violations(json("[" + i + ", 'x']"))))
              .toList();
      for (Future<List<String>> answer : answers) {
        assertThat(answer.get()).containsExactly("/1: string found, integer expected");
      }
    }
  }

  private static List<String> violations(String schema, String data) {
    return new JsonDataSchema(json(schema)).violations(json(data));
  }

  private static JsonNode json(String text) {
    try {
      return SourceReader.read(text, "x.yaml", SourceLimits.DEFAULT).root();
    } catch (SourceException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
