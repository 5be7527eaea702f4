package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.history.Event;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What every history keeps to, read without the engine's own state: one start, one end, nothing
 * after it; each run of a task ends once, and nothing happens to it afterwards.
 */
final class HistoryRules {
  private final Map<Long, Long> parents = new LinkedHashMap<>();
  private final Set<Long> ended = new LinkedHashSet<>();
  private final Set<Long> faulted = new LinkedHashSet<>();
  private boolean started;
  private boolean over;

  /** Checks a whole history; whether it has an end. */
  static boolean check(List<Event.Recorded> history) {
    HistoryRules rules = new HistoryRules();
    for (Event.Recorded recorded : history) {
      recorded.events().forEach(rules::take);
    }
    if (rules.over) {
      Set<Long> open = new LinkedHashSet<>(rules.parents.keySet());
      open.removeAll(rules.ended);
      assertThat(open).as("runs that have not ended in an execution that has").isEmpty();
    }
    return rules.over;
  }

  private void take(Event event) {
    switch (event) {
      case Event.ExecutionEvent e -> takeExecution(e);
      case Event.TaskEvent e -> takeTask(e);
    }
  }

  private void takeExecution(Event.ExecutionEvent event) {
    switch (event) {
      case Event.ExecutionStarted _ -> {
        assertThat(started).as("started twice").isFalse();
        started = true;
      }
      case Event.ExecutionRetried _ -> {
        assertThat(over).as("retried before its end").isTrue();
        over = false;
        ended.removeAll(faulted);
        faulted.clear();
      }
      case Event.ExecutionMigrated _ ->
          assertThat(started).as("an execution that has started moves").isTrue();
      case Event.ExecutionSuspended _, Event.ExecutionResumed _ -> alive();
      case Event.ExecutionCompleted _, Event.ExecutionFaulted _, Event.ExecutionCancelled _ -> {
        alive();
        over = true;
      }
    }
  }

  private void alive() {
    assertThat(started && !over).as("the execution is alive").isTrue();
  }

  private void takeTask(Event.TaskEvent event) {
    alive();
    long run = event instanceof Event.TaskCreated created ? created.parent() : event.task();
    assertThat(ended).as("%s for a run that has ended", event).doesNotContain(run);
    switch (event) {
      case Event.TaskCreated e -> {
        assertThat(parents).as("created twice").doesNotContainKey(e.task());
        parents.put(e.task(), e.parent());
      }
      case Event.TaskCompleted e -> {
        end(e.task());
        leave(e.task());
      }
      case Event.TaskCancelled e -> end(e.task());
      case Event.TaskFaulted e -> {
        end(e.task());
        faulted.add(e.task());
      }
      case Event.CompensationStarted e -> leave(e.task());
      case Event.ErrorCaught e -> leave(e.task());
      case Event.TaskRetried e -> leave(e.task());
      case Event.TaskSkipped _,
          Event.TaskSettled _,
          Event.TaskStarted _,
          Event.LoopStarted _,
          Event.WaitStarted _,
          Event.ChildStarted _,
          Event.FunctionFetched _,
          Event.SchemaFetched _,
          Event.FunctionCalled _,
          Event.HumanTaskOpened _,
          Event.HumanTaskAssigned _,
          Event.CloudEventConsumed _,
          Event.MessageConsumed _,
          Event.MessageHandled _,
          Event.CloudEventHandled _ -> {}
    }
  }

  private void end(long run) {
    for (Map.Entry<Long, Long> child : parents.entrySet()) {
      if (child.getValue() == run) {
        assertThat(ended).as("run %s ends before what is in it", run).contains(child.getKey());
      }
    }
    ended.add(run);
  }

  /** What has faulted inside {@code run} stays so. */
  private void leave(long run) {
    faulted.removeIf(inner -> isInside(inner, run));
  }

  private boolean isInside(long inner, long run) {
    Long up = parents.get(inner);
    while (up != null && up != run) {
      up = parents.get(up);
    }
    return up != null;
  }
}
