package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Timers may fire early, late, twice, or for something that is gone. */
class DueTimerTest {
  private static final String WAIT = "do: [ { w: { wait: PT10S, timeout: { after: PT20S } } } ]";

  @Test
  void one_that_is_early_is_armed_again_and_does_nothing_else() {
    Desk desk = Desk.started(WAIT).after(Duration.ofSeconds(9));
    Decision.Accepted decision = desk.fire(TimerKey.Kind.WAIT, 1);
    assertThat(decision.events()).isEmpty();
    assertThat(decision.effects())
        .containsExactly(
            new Effect.ArmTimer(new TimerKey(TimerKey.Kind.WAIT, 1), Desk.START.plusSeconds(10)));
  }

  @Test
  void one_that_fires_at_its_instant_is_due() {
    Desk desk = Desk.started(WAIT).after(Duration.ofSeconds(10));
    desk.fire(TimerKey.Kind.WAIT, 1);
    assertThat(desk.execution().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void one_that_fires_twice_does_something_once() {
    Desk desk = Desk.started("do: [ { a: { wait: PT1S } }, { b: { wait: PT5S } } ]");
    desk.after(Duration.ofSeconds(1)).fire(TimerKey.Kind.WAIT, 1);
    Decision.Accepted again = desk.after(Duration.ofSeconds(10)).fire(TimerKey.Kind.WAIT, 1);
    assertThat(again.events()).isEmpty();
    assertThat(again.effects()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = TimerKey.Kind.class,
      names = {"ATTEMPT_TIMEOUT", "RETRY", "EXECUTION_TIMEOUT", "CONTINUE", "QUEUE_TIMEOUT"})
  void one_of_a_kind_that_nobody_waits_for_does_nothing(TimerKey.Kind kind) {
    Desk desk = Desk.started(WAIT).after(Duration.ofDays(1));
    Decision.Accepted decision = desk.fire(kind, 1);
    assertThat(decision.events()).isEmpty();
    assertThat(decision.effects()).isEmpty();
  }

  @Test
  void one_that_fires_while_the_execution_is_suspended_does_nothing_and_is_armed_on_resuming() {
    Desk desk = Desk.started(WAIT);
    desk.accept(new Command.Suspend("me", null));
    assertThat(desk.after(Duration.ofSeconds(15)).fire(TimerKey.Kind.WAIT, 1).events()).isEmpty();
    Decision.Accepted resumed = desk.accept(new Command.Resume("me"));
    assertThat(Desk.effects(resumed, Effect.ArmTimer.class))
        .containsExactlyInAnyOrder(
            new Effect.ArmTimer(new TimerKey(TimerKey.Kind.WAIT, 1), Desk.START.plusSeconds(10)),
            new Effect.ArmTimer(
                new TimerKey(TimerKey.Kind.TASK_TIMEOUT, 1), Desk.START.plusSeconds(20)));
  }

  @Test
  void a_timeout_faults_the_task_at_its_instant_and_not_before() {
    Desk desk = Desk.started(WAIT).after(Duration.ofSeconds(20).minusNanos(1));
    assertThat(desk.fire(TimerKey.Kind.TASK_TIMEOUT, 1).events()).isEmpty();
    Decision.Accepted due = desk.after(Duration.ofNanos(1)).fire(TimerKey.Kind.TASK_TIMEOUT, 1);
    assertThat(Desk.events(due, Event.TaskFaulted.class))
        .singleElement()
        .satisfies(fault -> assertThat(fault.error().status()).isEqualTo(408));
    assertThat(Desk.effects(due, Effect.DisarmTimer.class))
        .contains(new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.WAIT, 1)));
  }

  @Test
  void one_of_an_execution_that_has_ended_does_nothing() {
    Desk desk = Desk.started(WAIT);
    desk.accept(new Command.Cancel("me", null));
    Decision.Accepted decision = desk.after(Duration.ofDays(1)).fire(TimerKey.Kind.WAIT, 1);
    assertThat(decision.events()).isEmpty();
  }
}
