package dev.capstan.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.HistoryEvent;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RunNameTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:00Z");

  private static HistoryEvent created(String task, String reference, long run, long parent) {
    return new HistoryEvent(
        run,
        START,
        "task.created",
        task,
        reference,
        "e1:" + run,
        run,
        parent,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  @Test
  void aTaskHasItsOwnName() {
    assertThat(RunName.of("pay", "/do/0/pay")).isEqualTo("pay");
    assertThat(RunName.of("pay", null)).isEqualTo("pay");
    assertThat(RunName.of("compensate", "/do/0/compensate")).isEqualTo("compensate");
    assertThat(RunName.of("cancel", "/do/0/pay/metadata/capstan/compensate/0/cancel"))
        .isEqualTo("cancel");
  }

  @Test
  void whatUndoesATaskIsCalledAfterIt() {
    assertThat(RunName.of("compensate", "/do/0/trip/try/1/seat/metadata/capstan/compensate"))
        .isEqualTo("undo seat");
    assertThat(RunName.of("compensate", "/do/0/a~1b~01c/metadata/capstan/compensate"))
        .isEqualTo("undo a/b~1c");
  }

  @Test
  void treeAndLinesSayWhatIsUndone() {
    LiveTree tree = new LiveTree("trip", "e1", reference -> false);
    HistoryEvent undoing = created("compensate", "/do/0/seat/metadata/capstan/compensate", 2, 0);
    tree.apply(undoing);
    tree.apply(created("release", "/do/0/seat/metadata/capstan/compensate/0/release", 3, 2));

    assertThat(new TreeText(60, 9, true, false).lines(tree, START))
        .satisfiesExactly(
            line -> assertThat(line).contains("trip"),
            line -> assertThat(line).startsWith("  · undo seat "),
            line -> assertThat(line).startsWith("    · release "));
    assertThat(new EventLine().of(undoing))
        .isEqualTo("03:04:00.000  task.created         undo seat  id e1:2");
  }
}
