package dev.capstan.server.partition;

import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.decision.TimerKey;
import dev.capstan.core.history.Event;
import dev.capstan.core.placement.Claim;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Carries what follows from a decision into the holdings and their rows, and sets aside for the
 * commit what must not happen before. Owned by the partition's thread.
 */
final class Bookkeeper {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Millions of years from now; instants beyond have no number of milliseconds. */
  private static final Instant NEVER = Instant.ofEpochMilli(Long.MAX_VALUE / 2);

  private final Holdings holdings;
  private final Draft draft;
  private final RowCodec codec;
  private final NodeBoard nodes;
  private final List<TaskQueue.Waiting> joined = new ArrayList<>();

  /** Ages of tasks that come back in the decision at hand, by run. */
  private final Map<Long, Age> kept = new HashMap<>();

  private long nowNanos;

  Bookkeeper(Holdings holdings, Draft draft, RowCodec codec, NodeBoard nodes) {
    this.holdings = holdings;
    this.draft = draft;
    this.codec = codec;
    this.nodes = nodes;
  }

  /** A turn begins at this time by the clock for durations. */
  void begin(long turnsNanos) {
    nowNanos = turnsNanos;
  }

  /**
   * Takes note of a decision.
   *
   * @param messages the encoded messages of its {@link Effect.Send}s, in order
   */
  void accepted(LiveExecution live, Decision.Accepted decision, Iterator<byte[]> messages) {
    for (Event event : decision.events()) {
      happened(live, event);
    }
    for (Effect effect : decision.effects()) {
      follow(live, effect, messages);
    }
    kept.clear();
  }

  private void happened(LiveExecution live, Event event) {
    switch (event) {
      case Event.TaskStarted e -> {
        if (e.node() != null) {
          started(live, e, e.node());
        }
      }
      case Event.TaskRetried e -> comesBack(live, e);
      case Event.ExecutionMigrated _ -> live.state().runs().forEach(run -> keepAge(live, run.id()));
      case Event.FunctionFetched e -> leaves(live, e.task());
      case Event.SchemaFetched e -> leaves(live, e.task());
      case Event.TaskCompleted e -> leaves(live, e.task());
      case Event.TaskFaulted e -> leaves(live, e.task());
      case Event.TaskCancelled e -> leaves(live, e.task());
      case Event.ExecutionStarted _,
          Event.ExecutionSuspended _,
          Event.ExecutionResumed _,
          Event.ExecutionRetried _,
          Event.ExecutionCompleted _,
          Event.ExecutionFaulted _,
          Event.ExecutionCancelled _,
          Event.TaskCreated _,
          Event.TaskSkipped _,
          Event.TaskSettled _,
          Event.LoopStarted _,
          Event.WaitStarted _,
          Event.ChildStarted _,
          Event.FunctionCalled _,
          Event.CloudEventConsumed _,
          Event.MessageConsumed _,
          Event.MessageHandled _,
          Event.HumanTaskOpened _,
          Event.HumanTaskAssigned _,
          Event.CompensationStarted _,
          Event.ErrorCaught _,
          Event.CloudEventHandled _ -> {}
    }
  }

  private void started(LiveExecution live, Event.TaskStarted event, String node) {
    RunKey run = live.run(event.task());
    TaskQueue.Waiting waiting = holdings.queue.remove(run);
    String key = null;
    String concurrencyKey = null;
    Age age = null;
    if (waiting != null) {
      Claim claim = waiting.claim();
      key = claim.key();
      concurrencyKey = claim.concurrency() == null ? null : claim.concurrency().key();
      age = waiting.age();
      holdings.queue.started(waiting, nowNanos);
    }
    String definition = key == null ? live.state().definition().hash() : null;
    Attempts.Attempt attempt =
        new Attempts.Attempt(
            run, event.attempt(), node, event.epoch(), key, concurrencyKey, definition, age);
    holdings.attempts.add(attempt);
    draft.task(
        run, new Change.Put(Table.TASKS, Keys.task(live.key(), run.run()), codec.running(attempt)));
  }

  /** A task that no fault sent back keeps its age: it has done nothing yet. */
  private void comesBack(LiveExecution live, Event.TaskRetried event) {
    RunKey run = live.run(event.task());
    Attempts.Attempt attempt = holdings.attempts.find(run);
    TaskQueue.Waiting waiting = holdings.queue.find(run);
    Age age = attempt != null ? attempt.age() : waiting != null ? waiting.age() : null;
    if (event.error() == null && age != null) {
      kept.put(event.task(), age);
    }
    leaves(live, event.task());
  }

  /** A task that waits gets another place in line, and is no younger there. */
  private void keepAge(LiveExecution live, long run) {
    TaskQueue.Waiting waiting = holdings.queue.find(live.run(run));
    if (waiting != null) {
      kept.put(run, waiting.age());
    }
  }

  /** A task is neither on a node nor waiting for one any more. */
  void leaves(LiveExecution live, long run) {
    RunKey key = live.run(run);
    Attempts.Attempt attempt = holdings.attempts.remove(key);
    TaskQueue.Waiting waiting = holdings.queue.remove(key);
    if (attempt != null) {
      holdings.queue.freed(attempt.concurrencyKey());
    }
    if (attempt != null || (waiting != null && waiting.stored)) {
      draft.task(key, new Change.Delete(Table.TASKS, Keys.task(live.key(), run)));
    }
  }

  private void follow(LiveExecution live, Effect effect, Iterator<byte[]> messages) {
    switch (effect) {
      case Effect.Enqueue e -> {
        long now = draft.now().toEpochMilli();
        Age age = kept.remove(e.task());
        joined.add(
            holdings.queue.add(
                live.run(e.task()),
                e.kind(),
                e.metadata(),
                age == null ? new Age(draft.number(), now) : age,
                now));
      }
      case Effect.Withdraw e -> leaves(live, e.task());
      case Effect.Dispatch e -> draft.dispatch(e);
      case Effect.CancelAttempt e -> draft.cancel(e);
      case Effect.ConfirmMessages e -> draft.answer(new ConfirmedMessages(e, nodes));
      case Effect.ArmTimer e -> arm(live, e.key(), e.at());
      case Effect.DisarmTimer e -> disarm(live, e.key());
      case Effect.Subscribe e -> {
        holdings.subscriptions.add(live.run(e.task()), e.types());
        draft.put(
            Table.SUBSCRIPTIONS, Keys.task(live.key(), e.task()), codec.subscription(e.types()));
      }
      case Effect.Unsubscribe e -> {
        if (holdings.subscriptions.remove(live.run(e.task())) != null) {
          draft.delete(Table.SUBSCRIPTIONS, Keys.task(live.key(), e.task()));
        }
      }
      case Effect.HumanTaskOpened e -> HumanTaskRows.open(draft, live, e);
      case Effect.HumanTaskClosed e -> HumanTaskRows.close(draft, live, e);
      case Effect.Send e ->
          holdings.outbox.put(draft.send(e.message(), messages.next()), live.id());
      case Effect.Ended e -> ended(live, e.outcome());
    }
  }

  private void arm(LiveExecution live, TimerKey key, Instant at) {
    long dueMillis = ceilMillis(at);
    Timers.Timer before = holdings.timers.arm(new Timers.Timer(live.id(), key, dueMillis));
    if (before != null) {
      draft.delete(Table.TIMERS, Keys.timer(before.dueMillis, live.key(), key));
    }
    draft.put(Table.TIMERS, Keys.timer(dueMillis, live.key(), key), new byte[0]);
  }

  /** Rounded up, so that a timer never fires before its instant. */
  private static long ceilMillis(Instant at) {
    return at.isAfter(NEVER)
        ? NEVER.toEpochMilli()
        : at.plusNanos(NANOS_PER_MILLI - 1).toEpochMilli();
  }

  private void disarm(LiveExecution live, TimerKey key) {
    Timers.Timer timer = holdings.timers.disarm(live.id(), key);
    if (timer != null) {
      draft.delete(Table.TIMERS, Keys.timer(timer.dueMillis, live.key(), key));
    }
  }

  private void ended(LiveExecution live, Outcome outcome) {
    draft.touch(live).ended = true;
    if (outcome instanceof Outcome.Completed completed) {
      draft.expect(JsonSize.of(completed.output(), Integer.MAX_VALUE));
    }
  }

  /** Writes rows for tasks that joined a line in this turn and are still in it. */
  void storeWaiting() {
    for (TaskQueue.Waiting task : joined) {
      RunKey run = task.run();
      if (!task.stored && holdings.queue.find(run) == task) {
        task.stored = true;
        draft.task(
            run,
            new Change.Put(
                Table.TASKS,
                Keys.task(Keys.execution(run.execution()), run.run()),
                codec.waiting(task)));
      }
    }
    joined.clear();
  }
}
