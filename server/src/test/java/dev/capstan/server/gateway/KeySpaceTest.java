package dev.capstan.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.capstan.node.env.Entropy;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeySpaceTest {
  private final Entropy entropy = Entropy.seeded(7);

  private String id() {
    return entropy.uuid7(1_800_000_000_000L).toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 16})
  void everyPartitionOwnsAboutAsManyAsTheOthers(int partitions) {
    KeySpace space = new KeySpace(partitions);
    int[] owned = new int[partitions];
    for (int i = 0; i < 10_000; i++) {
      owned[space.ownerOf(id())]++;
    }
    int fair = 10_000 / partitions;
    assertThat(Arrays.stream(owned).min().orElseThrow()).isGreaterThan(fair * 3 / 4);
    assertThat(Arrays.stream(owned).max().orElseThrow()).isLessThan(fair * 4 / 3);
  }

  /** What is on disk was put there by this rule: it must never give another answer. */
  @Test
  void ownersAreForEver() {
    KeySpace space = new KeySpace(3);
    assertThat(space.ownerOf("order-1")).isEqualTo(OWNER_OF_ORDER_1);
    assertThat(space.ownerOf("order-2")).isEqualTo(OWNER_OF_ORDER_2);
    assertThat(space.ownerOf("0199c0de-0000-7000-8000-000000000000")).isEqualTo(OWNER_OF_UUID);
    assertThat(space.ownerOfKey("default/pay/k1")).isEqualTo(OWNER_OF_KEY);
  }

  private static final int OWNER_OF_ORDER_1 = 1;
  private static final int OWNER_OF_ORDER_2 = 2;
  private static final int OWNER_OF_UUID = 1;
  private static final int OWNER_OF_KEY = 0;

  @Test
  void freshIdsCanBeMadeForAPartition() {
    KeySpace space = new KeySpace(4);
    for (int partition = 0; partition < 4; partition++) {
      assertThat(space.ownerOf(space.idOf(partition, this::id))).isEqualTo(partition);
    }
  }

  @Test
  void oneOwnsEverything() {
    assertThat(KeySpace.ONE.ownerOf("any")).isZero();
    assertThat(KeySpace.ONE.ownerOfKey("any")).isZero();
  }

  @Test
  void thereIsAtLeastOne() {
    assertThatIllegalArgumentException().isThrownBy(() -> new KeySpace(0));
  }
}
