package dev.capstan.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.ErrorObject;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.OutputPiece;
import dev.capstan.client.TaskProgress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TreeTextTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:00Z");
  private static final ErrorObject REFUSED =
      new ErrorObject(
          "https://open-workflow-specification.org/spec/1.0.0/errors/communication",
          503,
          "Bad",
          "try later",
          null);

  private final LiveTree tree = new LiveTree("order", "e1", "/do/3/hear"::equals);
  private long index;

  private void at(double seconds, String type, @Nullable Event event) {
    Event e = event == null ? new Event(null, null, null) : event;
    tree.apply(
        new HistoryEvent(
            index++,
            time(seconds),
            type,
            e.task,
            e.task == null ? null : "/do/3/" + e.task,
            e.run == null ? null : "e1:" + e.run,
            e.run,
            e.parent,
            e.iteration,
            e.attempt,
            e.node,
            null,
            null,
            e.error,
            e.due == null ? null : time(e.due),
            e.reason,
            null));
  }

  private static Instant time(double seconds) {
    return START.plusMillis(Math.round(seconds * 1000));
  }

  /** What an event says, to be added to. */
  private record Event(
      @Nullable String task,
      @Nullable Long run,
      @Nullable Long parent,
      @Nullable Integer iteration,
      @Nullable Integer attempt,
      @Nullable String node,
      @Nullable Double due,
      @Nullable ErrorObject error,
      @Nullable String reason) {
    Event(@Nullable String task, @Nullable Long run, @Nullable Long parent) {
      this(task, run, parent, null, null, null, null, null, null);
    }

    Event iteration(int number) {
      return new Event(task, run, parent, number, attempt, node, due, error, reason);
    }

    Event attempt(int number, @Nullable String on) {
      return new Event(task, run, parent, iteration, number, on, due, error, reason);
    }

    Event due(double seconds) {
      return new Event(task, run, parent, iteration, attempt, node, seconds, error, reason);
    }

    Event error(ErrorObject value) {
      return new Event(task, run, parent, iteration, attempt, node, due, value, reason);
    }
  }

  private static Event task(String name, long run, long parent) {
    return new Event(name, run, parent);
  }

  private List<String> lines(int width, int height, double now) {
    return new TreeText(width, height, true, false).lines(tree, time(now));
  }

  private void begin() {
    at(0, "execution.started", null);
  }

  @Test
  void everyStateIsAWordASymbolAndWhatThereIsToKnow() {
    begin();
    at(0, "task.created", task("check", 1, 0));
    at(0, "task.started", task("check", 1, 0).attempt(1, "node-1"));
    at(0.012, "task.completed", task("check", 1, 0).attempt(1, "node-1"));
    at(0.012, "task.skipped", task("gift-wrap", 0, 0));
    at(0.012, "task.created", task("pay", 2, 0));
    at(0.012, "task.started", task("pay", 2, 0));
    at(0.012, "task.created", task("call-bank", 3, 2));
    at(0.02, "task.started", task("call-bank", 3, 2).attempt(1, "node-1"));
    at(0.5, "task.faulted", task("call-bank", 3, 2).error(REFUSED));
    at(0.5, "task.retried", task("pay", 2, 0).attempt(2, null).due(3.5).error(REFUSED));
    at(0.5, "task.created", task("hear", 4, 0));
    at(0.5, "task.started", task("hear", 4, 0));
    at(0.5, "task.created", task("rest", 5, 0));
    at(0.5, "task.started", task("rest", 5, 0).due(61.5));
    at(0.5, "task.created", task("pack", 6, 0));

    assertThat(lines(100, 20, 1.5))
        .containsExactly(
            "▶ order        running    1.5 s · e1",
            "  ✔ check      completed  12 ms · on node-1",
            "  ↷ gift-wrap  skipped",
            "  ↻ pay        retrying   1.5 s · attempt 2 in 2.0 s — communication 503: try later",
            "  ◷ hear       waiting    1.0 s",
            "  ◷ rest       waiting    1.0 s · 1 m 00 s left",
            "  · pack       pending");
  }

  @Test
  void aRetriedTaskRunsAgainWithNewRunsInside() {
    begin();
    at(0, "task.created", task("pay", 1, 0));
    at(0, "task.created", task("call", 2, 1));
    at(1, "task.retried", task("pay", 1, 0).attempt(2, null).due(2).error(REFUSED));
    at(2, "task.created", task("call", 3, 1));
    at(2, "task.started", task("call", 3, 1).attempt(1, "node-2"));

    assertThat(lines(100, 20, 2.25))
        .containsExactly(
            "▶ order     running    2.3 s · e1",
            "  ▶ pay     running    2.3 s · attempt 2",
            "    ▶ call  running    250 ms · on node-2");
  }

  @Test
  void theLastLineOfWhatATaskPrintsAndItsProgressAreShown() {
    begin();
    at(0, "task.created", task("train", 1, 0));
    at(0, "task.started", task("train", 1, 0).attempt(1, "node-1"));
    tree.apply(
        new OutputPiece("train", "/do/0/train", 1, 1, "stdout", "epoch 1\nepoch 2\u001b[31m\n\n"));
    tree.apply(new TaskProgress(1, 0.42, ""));

    assertThat(lines(100, 20, 1))
        .last()
        .isEqualTo("  ▶ train  running    1.0 s · 42 % · on node-1 — epoch 2[31m");
  }

  @Test
  void ofALoopTheLatestIterationIsShown() {
    begin();
    at(0, "task.created", task("each", 1, 0));
    for (int i = 0; i < 50; i++) {
      at(i, "task.created", task("step", 10 + i, 1).iteration(i));
      at(i, "task.started", task("step", 10 + i, 1).iteration(i));
      if (i < 49) {
        at(i, "task.completed", task("step", 10 + i, 1).iteration(i));
      }
    }

    assertThat(lines(100, 20, 49.5))
        .containsExactly(
            "▶ order         running    49.5 s · e1",
            "  · each        pending    iteration 49",
            "    ▶ step[49]  running    500 ms");
  }

  @Test
  void whatNeedsNoAttentionGivesWayOnASmallScreen() {
    begin();
    for (int i = 1; i <= 9; i++) {
      at(0, "task.created", task("step-" + i, i, 0));
      at(0, "task.started", task("step-" + i, i, 0));
      at(i, "task.completed", task("step-" + i, i, 0));
    }
    at(9, "task.created", task("last", 10, 0));
    at(9, "task.started", task("last", 10, 0).attempt(3, "node-1"));

    assertThat(lines(60, 5, 10))
        .containsExactly(
            "▶ order   running    10.0 s · e1",
            "  ▶ last  running    1.0 s · attempt 3 · on node-1",
            "  … 9 completed");
  }

  @Test
  void noLineIsWiderThanTheScreenAndNoTreeHigher() {
    begin();
    for (int i = 1; i <= 40; i++) {
      at(0, "task.created", task("a-task-with-a-very-long-name-indeed-" + i, i, i - 1));
      at(
          0,
          "task.started",
          task("a-task-with-a-very-long-name-indeed-" + i, i, i - 1).attempt(2, "some-node"));
    }

    List<String> lines = lines(60, 10, 5);

    assertThat(lines)
        .hasSize(10)
        .allSatisfy(
            line -> assertThat(line.codePointCount(0, line.length())).isLessThanOrEqualTo(60 + 30));
    assertThat(lines).last().isEqualTo("… and 32 more lines");
  }

  @Test
  void theEndOfAnExecutionIsShownWithItsError() {
    begin();
    at(2, "execution.faulted", new Event(null, null, null).error(REFUSED));

    assertThat(lines(100, 20, 60))
        .containsExactly("✘ order  faulted    2.0 s · e1 — communication 503: try later");
  }

  @Test
  void aMomentOfAnotherDayIsToldWithItsDay() {
    assertThat(new EventLine().of(due(time(1.5)))).endsWith("  until 03:04:01.500");
    assertThat(new EventLine().of(due(time(2 * 86_400))))
        .endsWith("  until 2026-01-04 03:04:00.000");
  }

  private static HistoryEvent due(Instant moment) {
    return new HistoryEvent(
        1,
        time(1),
        "humantask.opened",
        "approve",
        "/do/0/approve",
        "e1:1",
        1L,
        0L,
        null,
        1,
        null,
        null,
        null,
        null,
        moment,
        null,
        null);
  }

  @Test
  void eventsAreToldInLines() {
    EventLine lines = new EventLine();
    HistoryEvent started =
        new HistoryEvent(
            1,
            time(1),
            "task.started",
            "pay",
            "/do/0/pay",
            "e1:3",
            3L,
            0L,
            4,
            2,
            "node-1",
            null,
            null,
            null,
            null,
            null,
            null);
    HistoryEvent faulted =
        new HistoryEvent(
            2,
            time(1.5),
            "task.faulted",
            "pay",
            "/do/0/pay",
            "e1:3",
            3L,
            0L,
            4,
            2,
            "node-1",
            null,
            null,
            REFUSED,
            null,
            null,
            null);

    assertThat(lines.of(started))
        .isEqualTo("03:04:01.000  task.started         pay[4]  attempt 2  on node-1");
    assertThat(lines.of(faulted))
        .isEqualTo(
            "03:04:01.500  task.faulted         pay[4]  attempt 2  on node-1  took 500 ms  - communication 503: try later");
  }
}
