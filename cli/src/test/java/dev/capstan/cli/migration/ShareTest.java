package dev.capstan.cli.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.cli.terminal.CliFailure;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shares are picked by ids alone. */
class ShareTest {
  private static List<String> in(String share) {
    Share part = Share.parse(share);
    return IntStream.range(0, 20_000).mapToObj(i -> "order-" + i).filter(part::has).toList();
  }

  @Test
  void aShareIsAboutAsLargeAsItSays() {
    assertThat(in("0.5%")).hasSizeBetween(60, 140);
    assertThat(in("1%")).hasSizeBetween(150, 250);
    assertThat(in("10 %")).hasSizeBetween(1_800, 2_200);
    assertThat(in("100%")).hasSize(20_000);
  }

  @Test
  void aLargerShareHasAllOfASmallerOne() {
    assertThat(in("10%")).containsAll(in("1%"));
    assertThat(in("1%")).containsAll(in("0.25%"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0%", "0.001%", "101%", "100.01%", "10", "-1%", "some", ""})
  void whatIsNoShareIsMisuse(String text) {
    assertThatThrownBy(() -> Share.parse(text)).isInstanceOf(CliFailure.class);
  }
}
