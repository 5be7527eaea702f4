package dev.capstan.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  @ParameterizedTest
  @CsvSource({"500ms,500", "30s,30000", "1.5s,1500", "2m,120000", "1h30m,5400000", "1m500ms,60500"})
  void durationsAreReadAsPeopleWriteThem(String text, long millis) {
    assertThat(Times.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "s", "-1s", "1d", "ten seconds"})
  void otherTextIsRefused(String text) {
    assertThatExceptionOfType(CliFailure.class)
        .isThrownBy(() -> Times.parse(text))
        .withMessageContaining("no duration");
  }

  @ParameterizedTest
  @CsvSource({"7,7 ms", "1240,1.2 s", "185000,3 m 05 s", "7800000,2 h 10 m", "356400000,4 d 3 h"})
  void durationsAreShownShort(long millis, String text) {
    assertThat(Times.show(Duration.ofMillis(millis))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"0,0s", "250,250ms", "3000,3s", "125000,2m 5s", "3600001,1h 1ms", "604800000,7d"})
  void durationsOfVirtualTimeAreShownToTheMillisecond(long millis, String text) {
    assertThat(Times.exact(Duration.ofMillis(millis))).isEqualTo(text);
  }

  @Test
  void momentsAreReadWithAnyOffset() {
    assertThat(Times.moment("2026-01-02T03:04:05+01:00", "--deadline"))
        .isEqualTo(Instant.parse("2026-01-02T02:04:05Z"));
    assertThat(Times.moment(null, "--deadline")).isNull();
    assertThatExceptionOfType(CliFailure.class)
        .isThrownBy(() -> Times.moment("tomorrow", "--deadline"))
        .withMessageContaining("--deadline");
    assertThatExceptionOfType(CliFailure.class)
        .isThrownBy(() -> Times.moment("+10000-01-01T00:00:00Z", "--deadline"));
  }

  @Test
  void momentsAreShownFromNow() {
    Instant now = Instant.parse("2026-01-02T03:04:05Z");

    assertThat(Times.relative(now.minusSeconds(12), now)).isEqualTo("12.0 s ago");
    assertThat(Times.relative(now.plusSeconds(185), now)).isEqualTo("in 3 m 05 s");
    assertThat(Times.relative(now.minusMillis(3), now)).isEqualTo("just now");
  }

  @Test
  void tablesAreAsWideAsTheirCellsAndPrintNoControlCharacters() {
    Table table = new Table("ID", "STATUS");
    table.row("e1", "completed\u001b[2J");
    table.row("a-longer-id", "");

    assertThat(table.lines(Integer.MAX_VALUE))
        .containsExactly("ID           STATUS", "e1           completed[2J", "a-longer-id");
  }

  @Test
  void aTableGivesWayToANarrowTerminalButNotItsFirstColumn() {
    Table table = new Table("ID", "WORKFLOW", "ERROR");
    table.row("0255c8da-4d70-426c-a011", "examples/order-fulfilment@1.0.0", "");

    assertThat(table.lines(44))
        .containsExactly(
            "ID                       WORKFLOW", "0255c8da-4d70-426c-a011  examples/order-ful…");
    assertThat(table.lines(10))
        .containsExactly("ID                       WORKFLOW", "0255c8da-4d70-426c-a011  example…");
  }
}
