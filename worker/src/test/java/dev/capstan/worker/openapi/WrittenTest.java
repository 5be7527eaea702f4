package dev.capstan.worker.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenAPI 3, Style Examples: the parameter is called color. */
class WrittenTest {

  private static Parameter color(Style style, boolean explode) {
    return new Parameter("color", Location.QUERY, false, style, explode, false);
  }

  private static JsonNode value(String json) throws IOException {
    return Json.read(json.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "FORM!true!'\"blue\"'!color=blue",
        "FORM!true!'[\"blue\",\"a b\",null]'!color=blue&color=a%20b",
        "FORM!false!'[\"blue\",\"a,b\"]'!color=blue,a%2Cb",
        "FORM!true!'{\"R\":100,\"G\":200}'!R=100&G=200",
        "FORM!false!'{\"R\":100,\"G\":200}'!color=R,100,G,200",
        "SPACES!false!'[\"blue\",\"black\"]'!color=blue%20black",
        "PIPES!false!'[\"blue\",\"black\"]'!color=blue%7Cblack",
        "TABS!false!'[\"blue\",\"black\"]'!color=blue%09black",
        "DEEP_OBJECT!true!'{\"R\":100,\"G\":[1,2]}'!color%5BR%5D=100&color%5BG%5D=1&color%5BG%5D=2",
        "JSON!false!'{\"R\":100}'!color=%7B%22R%22%3A100%7D",
        "FORM!true!'[]'!''",
        "FORM!false!'[]'!''"
      })
  void inAQuery(Style style, boolean explode, String json, String written) throws Exception {
    assertThat(String.join("&", Written.query(color(style, explode), value(json))))
        .isEqualTo(written);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "SIMPLE!false!'\"a/b\"'!a%2Fb",
        "SIMPLE!false!'[\"blue\",\"black\"]'!blue,black",
        "SIMPLE!false!'{\"R\":100,\"G\":200}'!R,100,G,200",
        "SIMPLE!true!'{\"R\":100,\"G\":200}'!R=100,G=200",
        "LABEL!false!'\"blue\"'!.blue",
        "LABEL!true!'[\"blue\",\"black\"]'!.blue.black",
        "MATRIX!false!'\"blue\"'!;color=blue",
        "MATRIX!false!'[\"blue\",\"black\"]'!;color=blue,black",
        "MATRIX!true!'[\"blue\",\"black\"]'!;color=blue;color=black",
        "MATRIX!true!'{\"R\":100,\"G\":200}'!;R=100;G=200",
        "PIPES!false!'[\"blue\",\"black\"]'!blue%7Cblack"
      })
  void inAPath(Style style, boolean explode, String json, String written) throws Exception {
    assertThat(Written.path(color(style, explode), value(json))).isEqualTo(written);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "SIMPLE!false!'[\"a b\",\"c\"]'!a b,c",
        "SIMPLE!true!'{\"R\":100}'!R=100",
        "JSON!false!'[1]'![1]"
      })
  void inAHeader(Style style, boolean explode, String json, String written) throws Exception {
    assertThat(Written.header(color(style, explode), value(json))).isEqualTo(written);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "'\"to/ken==\"'!color=to/ken==",
        "'\"a; b=c\"'!color=a%3B%20b=c",
        "'[1,2]'!color=1,2"
      })
  void inACookie(String json, String written) throws Exception {
    assertThat(Written.cookie(color(Style.FORM, true), value(json))).isEqualTo(written);
  }
}
