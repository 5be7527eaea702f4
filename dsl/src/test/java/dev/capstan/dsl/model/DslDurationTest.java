package dev.capstan.dsl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A duration")
class DslDurationTest {
  private static final Instant NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"seconds": 5}                                 | PT5S
          {"days": 1, "hours": 2, "minutes": 3, "seconds": 4, "milliseconds": 5} | PT26H3M4.005S
          {"seconds": 0}                                 | PT0S
          {"seconds": 5.0}                               | PT5S
          {"milliseconds": 86400000}                     | PT24H
          "PT5S"                                         | PT5S
          "PT0.5S"                                       | PT0.5S
          "PT0.1S"                                       | PT0.1S
          "P1D"                                          | PT24H
          "P1.5D"                                        | PT36H
          "P2W"                                          | PT336H
          "P1M"                                          | PT744H
          "P1Y"                                          | PT8760H
          "P1Y2M3W4DT5H6M7.8S"                           | PT10781H6M7.8S
          """)
  void is_read_in_both_forms(String json, String expected) {
    assertThat(DslDuration.parse(json(json)).from(NEW_YEAR)).isEqualTo(Duration.parse(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"weeks\": 1}",
        "{\"seconds\": \"5\"}",
        "{\"seconds\": 1.5}",
        "{\"seconds\": -1}",
        "{\"seconds\": 5, \"minutes\": -1}",
        "{\"days\": 9223372036854775807}",
        "{\"days\": 99999999999999999999999}",
        "{\"milliseconds\": 9223372036854775807}",
        "\"P10001Y\"",
        "\"P2000000000Y\"",
        "\"P600000W\"",
        "\"PT999999999999999S\"",
        "\"P\"",
        "\"PT\"",
        "\"5s\"",
        "\"-PT5S\"",
        "\"P1.5Y\"",
        "\"P99999999999Y\"",
        "\"pt5s\"",
        "\"\"",
        "5",
        "null",
        "[]"
      })
  void that_is_none_is_refused_with_a_sentence(String json) {
    assertThatThrownBy(() -> DslDuration.parse(json(json)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(?s).*(is no duration|is too long|is negative).*");
  }

  @Test
  void counts_months_by_the_calendar() {
    DslDuration month = DslDuration.parse(json("\"P1M\""));
    assertThat(month.addTo(Instant.parse("2028-01-31T00:00:00Z")))
        .isEqualTo(Instant.parse("2028-02-29T00:00:00Z"));
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
