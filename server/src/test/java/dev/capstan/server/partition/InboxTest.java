package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.gateway.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is admitted, in which order it is taken, and what becomes of what nobody takes. */
class InboxTest {
  private final Inbox inbox = new Inbox(2, 100);
  private final List<String> refused = new ArrayList<>();

  @Test
  void requestsAreBoundedByNumberAndTakenOnesMakeRoom() {
    assertThat(inbox.offer(work("a", 0))).isTrue();
    assertThat(inbox.offer(work("b", 0))).isTrue();
    assertThat(inbox.offer(work("c", 0))).isFalse();
    assertThat(inbox.size()).isEqualTo(2);

    assertThat(inbox.poll()).hasToString("a");
    assertThat(inbox.offer(work("c", 0))).isTrue();
  }

  @Test
  void requestsAreBoundedByBytesAndRefusedOnesTakeNoRoom() {
    assertThat(inbox.offer(work("a", 60))).isTrue();
    assertThat(inbox.offer(work("b", 41))).isFalse();
    assertThat(inbox.offer(work("c", 40))).isTrue();

    assertThat(inbox.poll()).hasToString("a");
    assertThat(inbox.offer(work("d", 60))).isTrue();
  }

  @Test
  void theEnginesOwnWorkIsAlwaysAdmittedAndComesFirst() {
    assertThat(inbox.offer(work("a", 100))).isTrue();
    inbox.addBehind(work("last", 0));
    for (int i = 0; i < 5; i++) {
      inbox.add(work("own" + i, 1_000));
    }

    assertThat(inbox.size()).isEqualTo(2);
    List<String> order = new ArrayList<>();
    for (Work next = inbox.poll(); next != null; next = inbox.poll()) {
      order.add(next.toString());
    }
    assertThat(order).containsExactly("own0", "own1", "own2", "own3", "own4", "a", "last");
  }

  @Test
  void whatNobodyTakesIsRefusedAndItsRoomIsFree() {
    assertThat(inbox.offer(work("a", 60))).isTrue();
    assertThat(inbox.offer(work("b", 40))).isTrue();
    inbox.add(work("own", 0));

    assertThat(inbox.refuseAll(Refusals.stopping())).isTrue();
    assertThat(refused).containsExactly("own", "a", "b");
    assertThat(inbox.isEmpty()).isTrue();
    assertThat(inbox.size()).isZero();
    assertThat(inbox.offer(work("c", 100))).isTrue();

    assertThat(inbox.refuseAll(Refusals.stopping())).isTrue();
    assertThat(inbox.refuseAll(Refusals.stopping())).isFalse();
    assertThat(refused).containsExactly("own", "a", "b", "c");
  }

  private Work work(String name, long bytes) {
    return new Work() {
      @Override
      public boolean proceed(Turn turn) {
        throw new IllegalStateException("nothing is decided here");
      }

      @Override
      public void refuse(Refusal reason) {
        refused.add(name);
      }

      @Override
      public long bytes() {
        return bytes;
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }
}
