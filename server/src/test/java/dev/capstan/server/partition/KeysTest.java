package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.TimerKey;
import dev.capstan.dsl.model.SemanticVersion;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys sort by their parts and can be taken apart. */
class KeysTest {

  @Test
  void rowsOfOneExecutionAreTogetherWhateverItsId() {
    byte[] ab = Keys.execution("ab");

    assertThat(compare(Keys.events(Keys.execution("a"), Long.MAX_VALUE), ab)).isNegative();
    assertThat(compare(Keys.events(ab, 1), Keys.events(ab, 256))).isNegative();
    assertThat(compare(Keys.events(ab, Long.MAX_VALUE), Keys.after(ab))).isNegative();
    assertThat(compare(Keys.after(ab), Keys.execution("abc"))).isNegative();
  }

  @ParameterizedTest
  @EnumSource(TimerKey.Kind.class)
  void aTimerCanBeTakenFromItsKey(TimerKey.Kind kind) {
    byte[] key = Keys.timer(1_800_000_000_123L, Keys.execution("order-1"), new TimerKey(kind, 300));

    assertThat(Keys.dueMillis(key)).isEqualTo(1_800_000_000_123L);
    assertThat(Keys.executionIn(key, Long.BYTES)).isEqualTo("order-1");
    assertThat(Keys.timerKey(key)).isEqualTo(new TimerKey(kind, 300));
  }

  @Test
  void laterStartsSortFirst() {
    byte[] all = Keys.indexAll();

    assertThat(
            compare(
                Keys.indexed(all, 2_000, Keys.execution("a")),
                Keys.indexed(all, 1_000, Keys.execution("a"))))
        .isNegative();
  }

  @Test
  void theKeyBehindAPrefixIsBehindAllThatBeginWithIt() {
    assertThat(Keys.after(new byte[] {1, (byte) 0xFF, (byte) 0xFF})).isEqualTo(new byte[] {2});
    assertThat(Keys.after(new byte[] {1, 2})).isEqualTo(new byte[] {1, 3});
  }

  @Test
  void numbersOfRowsGrowWithBatches() {
    assertThat(Keys.numberIn(7, (1 << 20) - 1)).isLessThan(Keys.numberIn(8, 0));
  }

  @Test
  void anIdempotencyKeyIsFoundByItsTime() {
    byte[] row = Keys.idempotency("shop", "order", "k-1");
    byte[] byTime = Keys.idempotencyByTime(1_234, row);

    assertThat(Keys.idempotencyOf(byTime)).isEqualTo(row);
    assertThat(Keys.createdMillis(byTime)).isEqualTo(1_234);
  }

  @Test
  void aDeployedDefinitionIsNamedByItsKey() {
    assertThat(Keys.deployedParts(Keys.deployed("shop", "order", "1.0.0")))
        .containsExactly("shop", "order", "1.0.0");
  }

  @ParameterizedTest
  @CsvSource({
    "1.0.0, 2.0.0",
    "1.9.0, 1.10.0",
    "1.0.0-alpha, 1.0.0",
    "1.0.0-alpha, 1.0.0-alpha.1",
    "1.0.0-2, 1.0.0-11",
    "1.0.0-2, 1.0.0-alpha",
    "1.0.0-alpha.beta, 1.0.0-beta",
    "1.0.0-rc.1, 1.0.0+build"
  })
  void versionsHaveTheOrderOfSemver(String lower, String higher) {
    assertThat(SemanticVersion.compare(lower, higher)).isNegative();
    assertThat(SemanticVersion.compare(higher, lower)).isPositive();
  }

  @Test
  void buildMetadataDoesNotCount() {
    assertThat(SemanticVersion.compare("1.0.0+a", "1.0.0+b")).isZero();
  }

  private static int compare(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b);
  }
}
