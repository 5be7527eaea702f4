package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How long a task waits for a node, and what happens when its node is lost. */
class WaitingTest {
  private static final TimerKey TIMER = new TimerKey(TimerKey.Kind.QUEUE_TIMEOUT, 1);

  private static String task(String settings) {
    return "{ work: { run: { shell: { command: x } }, metadata: { capstan: " + settings + " } } }";
  }

  private static Desk waiting(String settings) {
    return Desk.started("do: [ " + task(settings) + " ]");
  }

  private static AttemptToken token(int attempt) {
    return new AttemptToken("x", 1, attempt, 7);
  }

  private static Decision.Accepted assign(Desk desk) {
    return desk.accept(new Command.Assign(1, "node-a", 7));
  }

  private static TaskRun run(Desk desk) {
    TaskRun run = desk.execution().run(1);
    if (run == null) {
      throw new AssertionError("the task is gone");
    }
    return run;
  }

  private static List<Instant> armed(Decision.Accepted decision) {
    return Desk.effects(decision, Effect.ArmTimer.class).stream()
        .filter(timer -> timer.key().equals(TIMER))
        .map(Effect.ArmTimer::at)
        .toList();
  }

  @Nested
  class QueueTimeout {
    private static final String TEN = "{ queueTimeout: PT10S }";

    @Test
    void faults_the_task_with_the_timeout_error_of_the_specification() {
      Desk desk = waiting(TEN);
      Decision.Accepted fired =
          desk.after(Duration.ofSeconds(10)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);
      Event.TaskFaulted faulted = Desk.events(fired, Event.TaskFaulted.class).getFirst();
      assertThat(faulted.error().type()).isEqualTo(ErrorType.TIMEOUT.error("", null).type());
      assertThat(faulted.error().status()).isEqualTo(408);
      assertThat(Desk.effects(fired, Effect.Withdraw.class)).hasSize(1);
      assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
    }

    @Test
    void does_nothing_before_its_time_but_be_armed_again() {
      Desk desk = waiting(TEN);
      Decision.Accepted early =
          desk.after(Duration.ofSeconds(9)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);
      assertThat(early.events()).isEmpty();
      assertThat(armed(early)).containsExactly(Desk.START.plusSeconds(10));
    }

    @Test
    void is_over_when_a_node_takes_the_task() {
      Desk desk = waiting(TEN);
      assertThat(Desk.effects(assign(desk), Effect.DisarmTimer.class))
          .contains(new Effect.DisarmTimer(TIMER));
      Decision.Accepted late =
          desk.after(Duration.ofMinutes(1)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);
      assertThat(late.events()).isEmpty();
      assertThat(late.effects()).isEmpty();
    }

    @Test
    void begins_anew_when_the_task_comes_back_from_its_node() {
      Desk desk = waiting(TEN);
      assign(desk);
      desk.after(Duration.ofSeconds(30));
      Decision.Accepted back =
          desk.accept(new Command.ReportReturned(token(1), "lost", Command.Return.LOST));
      assertThat(armed(back)).containsExactly(Desk.START.plusSeconds(40));
    }

    @Test
    void begins_anew_when_the_execution_is_resumed() {
      Desk desk = waiting(TEN);
      desk.accept(new Command.Suspend("me", null));
      desk.after(Duration.ofSeconds(60));
      assertThat(desk.fire(TimerKey.Kind.QUEUE_TIMEOUT, 1).events()).isEmpty();
      Decision.Accepted resumed = desk.accept(new Command.Resume("me"));
      assertThat(armed(resumed)).isNotEmpty().containsOnly(Desk.START.plusSeconds(70));
    }

    @Test
    void is_caught_like_any_other_timeout() {
      Desk desk =
          Desk.started(
              "do: [ { t: { try: [ "
                  + task(TEN)
                  + " ], catch: { errors: { with: { status: 408 } }, do: [ { s: { set: { y: 1 } } }"
                  + " ] } } } ]");
      desk.after(Duration.ofSeconds(10)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 2);
      assertThat(desk.execution().status()).isEqualTo(Status.COMPLETED);
    }

    @Test
    void is_disarmed_with_the_execution() {
      Desk desk = waiting(TEN);
      Decision.Accepted cancelled = desk.accept(new Command.Cancel("me", null));
      assertThat(Desk.effects(cancelled, Effect.DisarmTimer.class))
          .contains(new Effect.DisarmTimer(TIMER));
    }

    @Test
    void is_none_unless_the_task_says_so() {
      Desk desk = new Desk("do: [ " + task("{}") + " ]");
      Decision.Accepted started =
          desk.accept(
              new Command.Start(
                  JsonNodeFactory.instance.objectNode(), null, java.util.Map.of(), "test"));
      assertThat(armed(started)).isEmpty();
      assertThat(desk.after(Duration.ofDays(9)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1).events())
          .isEmpty();
    }

    @Test
    void a_retry_of_the_execution_waits_from_its_beginning() {
      Desk desk = waiting(TEN);
      desk.after(Duration.ofSeconds(10)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);
      desk.after(Duration.ofSeconds(50));
      Decision.Accepted retried = desk.accept(new Command.Retry("me"));
      assertThat(Desk.effects(retried, Effect.Enqueue.class)).hasSize(1);
      long task = Desk.effects(retried, Effect.Enqueue.class).getFirst().task();
      assertThat(Desk.effects(retried, Effect.ArmTimer.class))
          .contains(
              new Effect.ArmTimer(
                  new TimerKey(TimerKey.Kind.QUEUE_TIMEOUT, task), Desk.START.plusSeconds(70)));
      assertThat(armed(retried)).as("the run that is entered again holds no timer").isEmpty();
      Decision.Accepted early = desk.fire(TimerKey.Kind.QUEUE_TIMEOUT, task);
      assertThat(early.events()).isEmpty();
    }
  }

  @Nested
  class Recovery {
    private static final Command LOST =
        new Command.ReportReturned(token(1), "it was lost", Command.Return.LOST);

    @Test
    void reassign_is_what_happens_when_nothing_is_said() {
      Desk desk = waiting("{}");
      assign(desk);
      Decision.Accepted back = desk.accept(LOST);
      assertThat(Desk.effects(back, Effect.Enqueue.class))
          .containsExactly(
              new Effect.Enqueue(1, "run:shell", JsonNodeFactory.instance.objectNode()));
      assertThat(run(desk).attempt()).isEqualTo(2);
    }

    @Test
    void retry_same_node_waits_for_the_node_that_had_the_task() {
      Desk desk = waiting("{ recovery: retry_same_node, key: k }");
      assign(desk);
      Decision.Accepted back = desk.accept(LOST);
      assertThat(Desk.effects(back, Effect.Enqueue.class).getFirst().metadata())
          .isEqualTo(
              Desk.json("{\"recovery\":\"retry_same_node\",\"key\":\"k\",\"node\":\"node-a\"}"));
    }

    @Test
    void fail_faults_the_task() {
      Desk desk = waiting("{ recovery: fail }");
      assign(desk);
      Decision.Accepted back = desk.accept(LOST);
      assertThat(Desk.effects(back, Effect.Enqueue.class)).isEmpty();
      assertThat(Desk.events(back, Event.TaskFaulted.class).getFirst().error().detail())
          .startsWith("it was lost");
      assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
    }

    @Test
    void what_had_begun_and_was_handed_back_is_recovered_like_what_was_lost() {
      Command handedBack =
          new Command.ReportReturned(
              token(1), "node a handed it back: it leaves", Command.Return.LOST);
      Desk once = waiting("{ recovery: fail }");
      assign(once);
      assertThat(
              Desk.events(once.accept(handedBack), Event.TaskFaulted.class)
                  .getFirst()
                  .error()
                  .detail())
          .isEqualTo(
              "node a handed it back: it leaves; the task is not to run again (recovery: fail)");
      Desk bound = waiting("{ recovery: retry_same_node }");
      assign(bound);
      bound.accept(handedBack);
      assertThat(run(bound).boundTo()).isEqualTo("node-a");
      Desk free = waiting("{ recovery: reassign }");
      assign(free);
      assertThat(Desk.effects(free.accept(handedBack), Effect.Enqueue.class)).hasSize(1);
      assertThat(run(free).boundTo()).isNull();
    }

    @Test
    void a_node_is_told_what_is_not_to_run_again() {
      assertThat(dispatched("{ recovery: fail }").once()).isTrue();
      assertThat(dispatched("{ recovery: reassign }").once()).isFalse();
      assertThat(dispatched("{}").once()).isFalse();
    }

    private static Effect.Dispatch dispatched(String settings) {
      return Desk.effects(assign(waiting(settings)), Effect.Dispatch.class).getFirst();
    }

    @Test
    void a_refusal_is_no_loss() {
      Desk desk = waiting("{ recovery: fail }");
      assign(desk);
      desk.accept(new Command.ReportReturned(token(1), "node a refused it"));
      assertThat(run(desk).status()).isEqualTo(Status.PENDING);
    }

    @Test
    void a_node_that_does_not_come_back_in_time_is_waited_for_no_more() {
      Desk desk = waiting("{ recovery: retry_same_node, recoveryTimeout: PT30S }");
      assign(desk);
      desk.after(Duration.ofSeconds(5));
      desk.accept(LOST);
      assertThat(run(desk).boundTo()).isEqualTo("node-a");
      Decision.Accepted early =
          desk.after(Duration.ofSeconds(29)).fire(TimerKey.Kind.RECOVERY_TIMEOUT, 1);
      assertThat(early.events()).isEmpty();
      Decision.Accepted free =
          desk.after(Duration.ofSeconds(1)).fire(TimerKey.Kind.RECOVERY_TIMEOUT, 1);
      assertThat(Desk.effects(free, Effect.Enqueue.class).getFirst().metadata().has("node"))
          .isFalse();
      assertThat(Desk.events(free, Event.TaskRetried.class).getFirst().reason())
          .isEqualTo("node node-a did not come back in time");
      assertThat(run(desk).attempt()).as("nothing ran meanwhile").isEqualTo(2);
      assertThat(desk.fire(TimerKey.Kind.RECOVERY_TIMEOUT, 1).events()).isEmpty();
    }

    @Test
    void a_node_that_comes_back_in_time_goes_on_and_leaves_no_timer() {
      Desk desk = waiting("{ recovery: retry_same_node }");
      assign(desk);
      desk.accept(LOST);
      TimerKey timer = new TimerKey(TimerKey.Kind.RECOVERY_TIMEOUT, 1);
      assertThat(Desk.effects(assign(desk), Effect.DisarmTimer.class))
          .contains(new Effect.DisarmTimer(timer));
      assertThat(desk.after(Duration.ofHours(1)).fire(timer.kind(), 1).events()).isEmpty();
    }

    @Test
    void what_is_taken_from_a_node_that_is_to_go_does_not_wait_for_it() {
      Desk desk = waiting("{ recovery: retry_same_node }");
      assign(desk);
      Decision.Accepted moved =
          desk.accept(new Command.ReportReturned(token(1), "drained", Command.Return.MOVED));
      assertThat(run(desk).boundTo()).isNull();
      assertThat(Desk.effects(moved, Effect.Enqueue.class)).hasSize(1);
      assertThat(Desk.effects(moved, Effect.CancelAttempt.class))
          .containsExactly(new Effect.CancelAttempt(token(1), "node-a"));
    }

    @Test
    void what_may_not_run_twice_faults_when_it_is_taken_from_its_node() {
      Desk desk = waiting("{ recovery: fail }");
      assign(desk);
      Decision.Accepted moved =
          desk.accept(new Command.ReportReturned(token(1), "drained", Command.Return.MOVED));
      assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
      assertThat(Desk.effects(moved, Effect.CancelAttempt.class)).hasSize(1);
    }
  }

  @Nested
  class RulesOfTheCluster {
    private static final WaitingRules RULES =
        new WaitingRules(
            Duration.ofSeconds(40), RecoveryStrategy.RETRY_SAME_NODE, Duration.ofSeconds(15));

    private static Desk under(String settings) {
      return Desk.started("do: [ " + task(settings) + " ]", RULES);
    }

    @Test
    void hold_for_tasks_that_say_nothing() {
      Desk desk = under("{}");
      assertThat(desk.after(Duration.ofSeconds(39)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1).events())
          .isEmpty();
      desk.after(Duration.ofSeconds(1)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);
      assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
    }

    @Test
    void give_way_to_what_a_task_says() {
      Desk desk = under("{ queueTimeout: PT2M, recovery: reassign }");
      desk.after(Duration.ofSeconds(119)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);
      assertThat(desk.execution().status()).isNotEqualTo(Status.FAULTED);
      assign(desk);
      desk.accept(new Command.ReportReturned(token(1), "lost", Command.Return.LOST));
      assertThat(run(desk).boundTo()).isNull();
    }

    @Test
    void say_how_long_a_lost_node_is_waited_for() {
      Desk desk = under("{}");
      assign(desk);
      desk.accept(new Command.ReportReturned(token(1), "lost", Command.Return.LOST));
      assertThat(run(desk).boundTo()).isEqualTo("node-a");
      desk.after(Duration.ofSeconds(15)).fire(TimerKey.Kind.RECOVERY_TIMEOUT, 1);
      assertThat(run(desk).boundTo()).isNull();
    }
  }
}
