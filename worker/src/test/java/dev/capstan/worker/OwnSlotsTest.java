package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What leaders are told of slots that are taken elsewhere. */
class OwnSlotsTest {

  private final Slots all = new Slots(3);
  private final OwnSlots slots = new OwnSlots(all);
  private final List<Integer> told = new CopyOnWriteArrayList<>();

  private void giveUp() {
    assertThat(slots.take()).isTrue();
    slots.abandon();
  }

  private void end() {
    slots.giveBackAbandoned();
  }

  @Test
  void onlyNewsIsTold() {
    slots.tell(false, told::add);
    giveUp();
    slots.tell(false, told::add);
    slots.tell(false, told::add);
    slots.tell(true, told::add);

    assertThat(told).containsExactly(1, 1);
  }

  @Test
  void whatWasToldAlthoughItWasNoNewsIsTheLastThatIsKnown() {
    giveUp();
    slots.tell(true, told::add);
    end();
    slots.tell(false, told::add);

    assertThat(told).containsExactly(1, 0);
  }

  @Test
  void whatIsToldLastIsWhatIsSo() throws Exception {
    giveUp();
    Thread later =
        new Thread(() -> {
          end();
          slots.tell(false, told::add);
        });

    slots.tell(
        false,
        elsewhere -> {
          overtake(later);
          told.add(elsewhere);
        });
    later.join();

    assertThat(told).containsExactly(1, 0);
  }

  @Test
  void whatIsToldWhileTheLeaderChangesIsToldToTheNext() throws Exception {
    giveUp();
    Thread other = new Thread(() -> slots.tell(false, told::add));

    slots.toldAnew(() -> overtake(other));
    other.join();
    end();
    slots.tell(false, told::add);

    assertThat(told).containsExactly(1, 0);
  }

  /** Starts it, and waits until it is through or can't go on. */
  private static void overtake(Thread other) {
    other.start();
    await()
        .atMost(FakeCoordinator.PATIENCE)
        .until(() ->
            other.getState() == Thread.State.BLOCKED
                || other.getState() == Thread.State.TERMINATED);
  }
}
