package dev.capstan.verify.simulation;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.core.history.Event;
import dev.capstan.server.partition.PartitionReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What must hold whatever goes wrong, checked with everything that happens. Remembers what it has
 * seen, so that what was promised once is compared with what comes later.
 */
final class Invariants {
  private final Consumer<String> tell;
  private final List<String> violations = new ArrayList<>();
  private final Map<Long, Long> digests = new HashMap<>();
  private final Map<String, String> committed = new HashMap<>();
  private final Map<String, String> ended = new HashMap<>();
  private final Set<String> acknowledged = new TreeSet<>();
  private final Map<String, Set<String>> carriedOut = new HashMap<>();
  private final Map<String, Integer> once = new HashMap<>();

  Invariants(Consumer<String> tell) {
    this.tell = tell;
  }

  void violated(String what) {
    tell.accept("VIOLATED: " + what);
    if (violations.size() < 20) {
      violations.add(what);
    }
  }

  List<String> violations() {
    return violations;
  }

  /** Executions whose start was promised to somebody. */
  Set<String> acknowledged() {
    return acknowledged;
  }

  /** Replicas that have applied as much are equal. */
  void applied(String replica, long index, long digest) {
    tell.accept(replica + " applied " + index);
    Long known = digests.putIfAbsent(index, digest);
    if (known != null && known != digest) {
      violated("replica " + replica + " differs from another one at index " + index);
    }
  }

  /** A start is promised when it is durable. */
  void acknowledged(String execution, PartitionReader where) {
    acknowledged.add(execution);
    if (where.summary(execution, false) == null) {
      violated("the start of " + execution + " was acknowledged before it was committed");
    }
  }

  /** What is committed at a place of a history stays, and an execution ends once. */
  void committed(String execution, Event.Recorded events) {
    for (int i = 0; i < events.events().size(); i++) {
      Event event = events.events().get(i);
      String place = execution + "#" + (events.firstIndex() + i);
      String text = event.toString();
      String known = committed.putIfAbsent(place, text);
      if (known != null && !known.equals(text)) {
        violated("event " + place + " was " + known + " and is " + text);
      }
      if (isEnd(event)) {
        String before = ended.putIfAbsent(execution, place);
        if (before != null && !before.equals(place)) {
          violated("execution " + execution + " ended twice: " + before + ", " + place);
        }
      }
    }
  }

  /**
   * A whole history, as a replica has it at the end: all of the above, and whose results it has.
   */
  void history(String execution, List<Event.Recorded> history) {
    Map<Long, String> started = new HashMap<>();
    for (Event.Recorded recorded : history) {
      committed(execution, recorded);
      for (Event event : recorded.events()) {
        if (event instanceof Event.TaskStarted start && start.node() != null) {
          started.put(start.task(), attempt(execution, start));
        }
        if (hasResult(event) && event instanceof Event.TaskEvent task) {
          String last = started.get(task.task());
          if (last != null && !carriedOut.containsKey(last)) {
            violated("the result of " + last + " is of an attempt that nobody carried out");
          }
        }
      }
    }
  }

  private static boolean isEnd(Event event) {
    return event instanceof Event.ExecutionCompleted
        || event instanceof Event.ExecutionFaulted
        || event instanceof Event.ExecutionCancelled;
  }

  private static String attempt(String execution, Event.TaskStarted started) {
    return execution + "/" + started.task() + "/" + started.attempt() + "/" + started.epoch();
  }

  /** Whether it tells what came of the last attempt of its task. */
  private static boolean hasResult(Event event) {
    return event instanceof Event.TaskCompleted
        || (event instanceof Event.TaskRetried retried
            && retried.error() != null
            && retried.error().status() == SimulatedWorker.FLAKY);
  }

  /** A worker has carried out an attempt. */
  void carriedOut(String attempt, String worker) {
    Set<String> workers = carriedOut.computeIfAbsent(attempt, _ -> new HashSet<>());
    workers.add(worker);
    if (workers.size() > 1) {
      violated("attempt " + attempt + " ran on " + workers);
    }
  }

  /** A task that must not run twice ({@code recovery: fail}) has begun. */
  void carriedOutOnce(String task, int attempt) {
    Integer before = once.putIfAbsent(task, attempt);
    if (before != null) {
      violated("task " + task + " must not run twice and did: " + before + ", " + attempt);
    }
  }

  /** Nothing is dispatched before it is committed that it is. */
  void said(String coordinator, CoordinatorMessage message, PartitionReader reader) {
    for (Dispatch dispatch : message.getDispatches().getDispatchesList()) {
      if (!isCommitted(dispatch, reader)) {
        violated(
            coordinator + " dispatched what is not committed: " + dispatch.getToken().toString());
      }
    }
  }

  private static boolean isCommitted(Dispatch dispatch, PartitionReader reader) {
    return reader.history(dispatch.getToken().getExecution(), 0, Integer.MAX_VALUE).stream()
        .flatMap(recorded -> recorded.events().stream())
        .anyMatch(event ->
            event instanceof Event.TaskStarted started
                && started.task() == dispatch.getToken().getTask()
                && started.attempt() == dispatch.getToken().getAttempt()
                && started.epoch() == dispatch.getToken().getEpoch());
  }
}
