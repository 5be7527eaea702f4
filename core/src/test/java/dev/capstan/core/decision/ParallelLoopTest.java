package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Loops whose iterations run at the same time: what is there at once, and what is written down. */
class ParallelLoopTest {
  private static final int MANY = 100_000;

  private static String loop(int width, String items, String body) {
    return "do: [{l: {for: {in: '"
        + items
        + "'}, do: ["
        + body
        + "], metadata: {capstan: {parallel: {width: "
        + width
        + "}}}}}]";
  }

  private static final String CALL =
      "{c: {call: http, with: {method: get, endpoint: 'http://h/'}}}";

  private static Progress.Parallel progress(Desk desk) {
    TaskRun run = Objects.requireNonNull(desk.execution().run(1));
    return (Progress.Parallel) run.progress();
  }

  private static List<Integer> begun(Decision.Accepted decision) {
    return Desk.events(decision, Event.TaskCreated.class).stream()
        .filter(created -> created.reference().equals("/do/0/l/do"))
        .map(Event.TaskCreated::iteration)
        .toList();
  }

  private static Decision.Accepted report(Desk desk, long run) {
    desk.accept(new Command.Assign(run, "n", 1));
    return desk.accept(
        new Command.ReportOutput(new AttemptToken("x", run, 1, 1), IntNode.valueOf(1)));
  }

  @Test
  void anIterationIsARunThatHoldsTheTasksOfTheBodyWhichBelongToItToo() {
    Desk desk = new Desk(loop(2, "[7, 8]", CALL));
    Decision.Accepted started = desk.accept(start());

    assertThat(Desk.events(started, Event.TaskCreated.class))
        .containsExactly(
            new Event.TaskCreated(1, 0, "/do/0/l", 0, null, null),
            new Event.TaskCreated(2, 1, "/do/0/l/do", 0, null, null),
            new Event.TaskCreated(3, 2, "/do/0/l/do/0/c", 0, null, null),
            new Event.TaskCreated(4, 1, "/do/0/l/do", 1, null, null),
            new Event.TaskCreated(5, 4, "/do/0/l/do/0/c", 1, null, null));
  }

  private static Command.Start start() {
    return new Command.Start(Desk.json("{}"), null, Map.of(), "test");
  }

  private static Command.Start startOfMany() {
    ObjectNode input = JsonNodeFactory.instance.objectNode();
    ArrayNode items = input.putArray("items");
    for (int i = 0; i < MANY; i++) {
      items.add(i);
    }
    return new Command.Start(input, null, Map.of(), "test");
  }

  @Test
  void ofManyItemsOnlyAsManyIterationsAreThereAsTheLoopIsWide() {
    Desk desk = new Desk(loop(3, ".items", CALL));
    Decision.Accepted started = desk.accept(startOfMany());

    assertThat(begun(started)).containsExactly(0, 1, 2);
    assertThat(Desk.effects(started, Effect.Enqueue.class)).hasSize(3);
    assertThat(progress(desk).open()).isEqualTo(3);

    assertThat(begun(report(desk, 5))).containsExactly(3);
    assertThat(begun(report(desk, 3))).containsExactly(4);
    assertThat(progress(desk).open()).isEqualTo(3);
    assertThat(progress(desk).done()).isEqualTo(2);
    assertThat(desk.execution().runs()).hasSize(2 + 2 * 3);
  }

  @Test
  void manyItemsThatTakeNoTimeAreSeveralDecisions() {
    Desk desk = new Desk(loop(1_000, ".items", "{s: {set: {x: 1}}}"));
    Decision.Accepted decision = desk.accept(startOfMany());

    for (int i = 0; i < 2; i++) {
      assertThat(decision.events()).hasSizeBetween(500, 3_000);
      assertThat(decision.effects())
          .contains(new Effect.ArmTimer(new TimerKey(TimerKey.Kind.CONTINUE, 0), Desk.START));
      decision = desk.fire(TimerKey.Kind.CONTINUE, 0);
    }
    assertThat(progress(desk).open()).isLessThanOrEqualTo(1);
  }

  @Test
  void aLoopAsWideAsCanBeBeginsItsIterationsInSeveralDecisionsAndThenNoMore() {
    Desk desk = new Desk(loop(1_000, ".items", CALL));
    Decision.Accepted decision = desk.accept(startOfMany());
    int enqueued = Desk.effects(decision, Effect.Enqueue.class).size();
    assertThat(enqueued).isLessThan(1_000);

    while (progress(desk).open() < 1_000) {
      desk.fire(TimerKey.Kind.CONTINUE, 0);
    }
    decision = desk.fire(TimerKey.Kind.CONTINUE, 0);
    assertThat(begun(decision)).isEmpty();
    assertThat(progress(desk).next()).isEqualTo(1_000);
  }

  @Test
  void aDecisionBeginsNoLessWhereMoreTasksWaitForNodesThanItHasSteps() {
    int outer = 250;
    String inner =
        "{n: {for: {in: '${ [range(10)] }'}, do: ["
            + CALL
            + "], metadata: {capstan: {parallel: {width: 10}}}}}";
    Desk desk = new Desk(loop(outer, "${ [range(" + outer + ")] }", inner));
    Decision.Accepted decision = desk.accept(start());
    int decisions = 1;
    while (Desk.effects(decision, Effect.ArmTimer.class).stream()
        .anyMatch(timer -> timer.key().kind() == TimerKey.Kind.CONTINUE)) {
      decision = desk.fire(TimerKey.Kind.CONTINUE, 0);
      decisions++;
    }
    assertThat(desk.execution().runs()).hasSize(2 + outer * (2 + 10 * 2));
    assertThat(decisions).isLessThan(20);
  }

  @Test
  void anIterationThatWasCancelledIsTheNextToBegin() {
    Desk desk = new Desk(loop(2, "[1, 2, 3, 4]", CALL));
    desk.accept(start());
    report(desk, 3);
    desk.accept(new Command.Assign(5, "n", 1));
    Decision.Accepted faulted =
        desk.accept(
            new Command.ReportFault(
                new AttemptToken("x", 5, 1, 1), ErrorType.RUNTIME.error("no", null)));

    assertThat(Desk.events(faulted, Event.TaskCancelled.class)).hasSize(2);
    assertThat(progress(desk).next()).isEqualTo(2);
    assertThat(progress(desk).open()).isEqualTo(1);

    assertThat(begun(desk.accept(new Command.Retry("me")))).containsExactly(2);
    assertThat(progress(desk).done()).isEqualTo(1);
  }
}
