package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Limits that agree with each other. */
class PartitionLimitsTest {

  @Test
  void anInboxHoldsAtLeastOnePayload() {
    assertThatThrownBy(() -> PartitionLimits.ofDefaults().withInbox(10, 1_000))
        .hasMessageContaining("the inbox holds at least one payload");
  }

  @Test
  void anEntryOfTheLogHoldsABatchAndTheDecisionsThatFillIt() {
    assertThatThrownBy(() -> PartitionLimits.ofDefaults().withBatches(1, 7 << 20))
        .hasMessageContaining("an entry of the log");
  }

  @Test
  void theDefaultsKeepAKeyForADay() {
    assertThat(PartitionLimits.ofDefaults().keyLife()).isGreaterThanOrEqualTo(Duration.ofDays(1));
  }
}
