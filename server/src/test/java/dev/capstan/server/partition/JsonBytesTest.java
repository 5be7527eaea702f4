package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.ByteString;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON as bytes: what was written is what is read. */
class JsonBytesTest {

  private static JsonNode again(JsonNode value) {
    return JsonBytes.read(ByteString.copyFrom(JsonBytes.of(value)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "0",
        "-1",
        "2147483648",
        "9223372036854775807",
        "1.5",
        "1e300",
        "0.1",
        "-0.0",
        "\"\"",
        "[]",
        "{}",
        "[[],[{}]]",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
        "\"\\u0000\\u001f\\\"\\\\/\\n\\r\\t\"",
        "\"ü€𝄞\""
      })
  void aValueIsReadAsItWas(String text) {
    assertThat(again(Yard.json(text))).isEqualTo(Yard.json(text));
  }

  @Test
  void halfASurrogatePairSurvives() {
    JsonNode half = TextNode.valueOf("a\ud834b\udd1e");

    assertThat(again(half)).isEqualTo(half);
  }

  @Test
  void longNumbersKeepTheirDigits() {
    JsonNode integer = JsonNodeFactory.instance.numberNode(BigInteger.TWO.pow(200));
    JsonNode decimal = DecimalNode.valueOf(new BigDecimal("0.12345678901234567890123456789"));

    assertThat(again(integer)).isEqualTo(integer);
    assertThat(again(decimal)).isEqualTo(decimal);
  }

  @Test
  void whatIsNoNumberInJsonIsNull() {
    assertThat(again(DoubleNode.valueOf(Double.NaN)).isNull()).isTrue();
    assertThat(again(DoubleNode.valueOf(Double.POSITIVE_INFINITY)).isNull()).isTrue();
  }

  @Test
  void endlessNestingIsRefused() {
    ArrayNode deep = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < 10_000; i++) {
      ArrayNode around = JsonNodeFactory.instance.arrayNode();
      around.add(deep);
      deep = around;
    }
    JsonNode value = deep;

    assertThatThrownBy(() -> JsonBytes.of(value)).isInstanceOf(IllegalArgumentException.class);
  }

  @RepeatedTest(200)
  void anyValueIsReadAsItWas(RepetitionInfo repetition) {
    JsonNode value = any(new Random(repetition.getCurrentRepetition()), 4);

    assertThat(again(value)).isEqualTo(value);
    assertThat(
            Yard.json(new String(JsonBytes.of(value), java.nio.charset.StandardCharsets.UTF_8))
                .size())
        .isEqualTo(value.size());
  }

  private static JsonNode any(Random random, int depth) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (random.nextInt(depth == 0 ? 6 : 8)) {
      case 0 -> json.nullNode();
      case 1 -> json.booleanNode(random.nextBoolean());
      case 2 -> json.numberNode(random.nextInt());
      case 3 -> json.numberNode(1L + Integer.MAX_VALUE + (random.nextLong() >>> 2));
      case 4 -> json.numberNode(random.nextGaussian());
      case 5 -> json.textNode(text(random));
      case 6 -> {
        ArrayNode array = json.arrayNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(any(random, depth - 1));
        }
        yield array;
      }
      default -> {
        ObjectNode object = json.objectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          object.set(text(random), any(random, depth - 1));
        }
        yield object;
      }
    };
  }

  private static String text(Random random) {
    return random
        .ints(random.nextInt(12), 0, Character.MAX_CODE_POINT + 1)
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
