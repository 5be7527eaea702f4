package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.dsl.diagnostic.Diagnostic;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each takes milliseconds on an idle machine; the time limit is for a very busy one. */
@DisplayName("A hostile text")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LimitsTest {
  private static final String DOCUMENT =
      "document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}\n";
  private final DefinitionLoader loader = new DefinitionLoader();

  @Test
  void is_refused_when_it_is_larger_than_a_mebibyte() {
    assertThat(codes(DOCUMENT + "#" + "x".repeat(1 << 20))).containsExactly("CAP-1001");
    assertThat(codes(DOCUMENT + "#" + "é".repeat(1 << 19))).containsExactly("CAP-1001");
  }

  @Test
  void is_refused_when_aliases_multiply() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i)).append(("*a" + (i - 1) + ", ").repeat(9));
      bomb.append("*a").append(i - 1).append("]\n");
    }
    assertThat(codes(bomb.toString())).containsExactly("CAP-1006");
  }

  @Test
  void is_refused_when_aliases_nest() {
    StringBuilder chain = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 1_000; i++) {
      chain.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
    }
    assertThat(codes(chain.toString())).containsExactly("CAP-1005");
  }

  @Test
  void is_refused_when_brackets_nest() {
    assertThat(codes("do: " + "[".repeat(500_000))).containsExactly("CAP-1005");
    assertThat(codes("{\"do\": " + "[".repeat(500_000))).containsExactly("CAP-1005");
    assertThat(codes("do: " + "{a: ".repeat(200_000))).containsExactly("CAP-1005");
  }

  @Test
  void is_refused_when_json_values_nest() {
    ArrayNode nested = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < 100_000; i++) {
      nested = JsonNodeFactory.instance.arrayNode().add(nested);
    }
    assertThat(loader.load(nested)).satisfies(rejectedWith("CAP-1005"));
  }

  @Test
  void is_refused_when_tasks_nest() {
    StringBuilder text = new StringBuilder("do: ");
    text.append("[{a: {do: ".repeat(101)).append("[]").append("}}]".repeat(101)).append('\n');
    assertThat(codes(text + DOCUMENT)).containsExactly("CAP-1502");
    StringBuilder fits = new StringBuilder("do: ");
    fits.append("[{a: {do: ".repeat(99)).append("[]").append("}}]".repeat(99)).append('\n');
    assertThat(codes(fits + DOCUMENT)).isEmpty();
  }

  @Test
  void is_refused_when_it_has_too_many_tasks() {
    assertThat(codes(DOCUMENT + "do:\n" + tasks(10_001))).contains("CAP-1501");
    assertThat(codes(DOCUMENT + "do:\n" + tasks(10_000))).isEmpty();
  }

  @Test
  void is_refused_when_aliases_make_a_million_tasks() {
    String list = "use:\n  functions:\n    f:\n      do: &list\n" + tasks(1_000).indent(8);
    StringBuilder text = new StringBuilder(list + "do:\n");
    for (int i = 0; i < 1_000; i++) {
      text.append("  - t%d: {do: *list}\n".formatted(i));
    }
    assertThat(codes(text + DOCUMENT)).containsExactly("CAP-1006");
  }

  @Test
  void is_refused_when_numbers_are_long() {
    assertThat(codes("a: " + "9".repeat(100_000))).containsExactly("CAP-1009");
    assertThat(codes("{\"a\": 1" + "0".repeat(900) + "}")).containsExactly("CAP-1009");
    assertThat(codes("a: 1e-99999999")).containsExactly("CAP-1009");
  }

  @Test
  void tells_twenty_mistakes_at_most() {
    String bad = "  - t: {sett: 1, with: 5}\n".repeat(3_000);
    assertThat(codes(DOCUMENT + "do:\n" + bad)).hasSize(20);
  }

  @Test
  void with_long_names_and_versions_is_answered_at_once() {
    String name = "a-".repeat(100_000);
    assertThat(
            codes(
                "do: []\ndocument: {dsl: '1.0.3', namespace: %s, name: a, version: %s}"
                    .formatted(name, "1.".repeat(100_000))))
        .containsExactly("CAP-1105", "CAP-1105");
  }

  @Test
  void with_characters_that_YAML_does_not_have_is_refused_where_they_stand() {
    LoadResult result = loader.load("do:\n  - a: {set: {x: '\u0001'}}\n", "hostile.yaml");
    Diagnostic said = ((LoadResult.Rejected) result).diagnostics().getFirst();
    assertThat(said.code()).isEqualTo("CAP-1002");
    assertThat(said.line()).isEqualTo(2);
    assertThat(said.column()).isEqualTo(19);
  }

  @Test
  void with_patterns_that_nest_is_refused_with_a_short_sentence() {
    String nested = "(".repeat(200_000);
    for (String bad : java.util.List.of(nested, nested + ")".repeat(200_000))) {
      LoadResult result =
          loader.load(
              DOCUMENT + "do: []\ninput: {schema: {document: {pattern: '" + bad + "'}}}\n",
              "h.yaml");
      Diagnostic said = ((LoadResult.Rejected) result).diagnostics().getFirst();
      assertThat(said.code()).isEqualTo("CAP-1404");
      assertThat(said.line()).isEqualTo(3);
      assertThat(said.message()).hasSizeLessThan(300);
    }
  }

  @Test
  void with_a_filter_whose_pattern_nests_takes_it_as_text() {
    String nested = "(".repeat(200_000) + ")".repeat(200_000);
    assertThat(
            codes(
                DOCUMENT + "do: [{a: {listen: {to: {one: {with: {type: '" + nested + "'}}}}}}]\n"))
        .isEmpty();
  }

  private static String tasks(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append("- t").append(i).append(": {set: a}\n");
    }
    return text.toString();
  }

  private java.util.List<String> codes(String text) {
    return switch (loader.load(text, "hostile.yaml")) {
      case LoadResult.Loaded loaded -> java.util.List.of();
      case LoadResult.Rejected rejected ->
          rejected.diagnostics().stream().map(Diagnostic::code).toList();
    };
  }

  private static Consumer<LoadResult> rejectedWith(String code) {
    return result ->
        assertThat(((LoadResult.Rejected) result).diagnostics())
            .extracting(Diagnostic::code)
            .containsExactly(code);
  }
}
