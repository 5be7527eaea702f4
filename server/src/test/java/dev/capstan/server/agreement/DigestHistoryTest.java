package dev.capstan.server.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DigestHistoryTest {
  private final DigestHistory history = new DigestHistory(4);

  private void add(long... indexes) {
    for (long index : indexes) {
      history.add(new StateDigest(index, index * 100));
    }
  }

  @Test
  void anIndexBetweenTwoChangesHasTheStateOfTheEarlierOne() {
    history.reset(new StateDigest(-1, 0));
    add(3, 7);

    assertThat(history.at(-1)).hasValue(0);
    assertThat(history.at(2)).hasValue(0);
    assertThat(history.at(3)).hasValue(300);
    assertThat(history.at(6)).hasValue(300);
    assertThat(history.at(7)).hasValue(700);
    assertThat(history.latest()).isEqualTo(new StateDigest(7, 700));
  }

  @Test
  void whatIsNotReachedIsNotKnown() {
    history.reset(new StateDigest(-1, 0));
    add(3);

    assertThat(history.at(4)).isEmpty();
  }

  @Test
  void theOldestAreForgotten() {
    history.reset(new StateDigest(-1, 0));
    add(1, 2, 3, 5, 8);

    assertThat(history.at(1)).isEmpty();
    assertThat(history.at(2)).hasValue(200);
    assertThat(history.at(7)).hasValue(500);
    assertThat(history.at(8)).hasValue(800);
  }

  @Test
  void aStateThatCameAsAWholeIsTheFirst() {
    history.reset(new StateDigest(-1, 0));
    add(1, 2, 3);
    history.reset(new StateDigest(90, 9));
    add(91);

    assertThat(history.at(3)).isEmpty();
    assertThat(history.at(90)).hasValue(9);
    assertThat(history.at(91)).hasValue(9100);
  }
}
