package dev.capstan.worker.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** YAML as far as OpenAPI documents need it. */
class YamlTreeTest {

  @Test
  void scalarsAreTextsBooleansAndNull() throws Exception {
    JsonNode tree = YamlTree.read("{a: 1.0, b: true, c: 'true', d: null, e: , 200: x}");

    assertThat(tree.toString())
        .isEqualTo("{\"a\":\"1.0\",\"b\":true,\"c\":\"true\",\"d\":null,\"e\":null,\"200\":\"x\"}");
  }

  @Test
  void anAliasSharesWhatItNames() throws Exception {
    JsonNode tree = YamlTree.read("a: &x {k: [1]}\nb: *x\n");

    assertThat(tree.path("b")).isSameAs(tree.path("a"));
  }

  @Test
  void aliasesOfAliasesTakeNoMemory() throws Exception {
    StringBuilder text = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 60; i++) {
      text.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }

    assertThat(YamlTree.read(text.toString()).path("a59").size()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a: &x [*x]", "a: *nowhere", "{[1]: 2}", "a: b: c", "--- a\n--- b", "a: [1"})
  void whatIsNoTreeIsRefused(String text) {
    assertThatThrownBy(() -> YamlTree.read(text)).isInstanceOf(YamlTree.NotYaml.class);
  }

  @Test
  void depthIsLimited() {
    assertThatThrownBy(() -> YamlTree.read("[".repeat(100_000)))
        .isInstanceOf(YamlTree.NotYaml.class)
        .hasMessageContaining("levels deep");
  }
}
