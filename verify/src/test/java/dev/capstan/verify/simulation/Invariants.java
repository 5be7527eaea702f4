package dev.capstan.verify.simulation;

import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.core.history.Event;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests.Summary;
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
  private final Map<String, String> committed = new HashMap<>();
  private final Map<String, String> ended = new HashMap<>();
  private final Set<String> acknowledged = new TreeSet<>();
  private final Set<String> endsTold = new TreeSet<>();
  private final Map<String, Set<String>> carriedOut = new HashMap<>();
  private final Map<String, String> once = new HashMap<>();
  private final Set<String> untouched = new HashSet<>();
  private final Tally tally;
  private final Circumstances circumstances;
  private final Kinship kinship;
  private final List<CommittedState> partitions = new ArrayList<>();
  private final Orders orders = new Orders();
  private final Answers answers;
  private final Set<String> heard = new HashSet<>();

  Invariants(Agenda agenda, Tally tally, Circumstances circumstances) {
    this.tell = agenda::tell;
    answers = new Answers(agenda);
    this.tally = tally;
    this.circumstances = circumstances;
    kinship = new Kinship(circumstances.keys(), this::violated, tally);
    for (int i = 0; i < circumstances.partitions(); i++) {
      partitions.add(new CommittedState(i, this, circumstances));
    }
  }

  /** What the replicas of a partition have agreed on. */
  CommittedState committed(int partition) {
    return partitions.get(partition);
  }

  /** What operators have said of nodes. */
  Orders orders() {
    return orders;
  }

  /** Who has been asked what. */
  Answers answers() {
    return answers;
  }

  /** A coordinator has heard what an attempt came to, from a node that it need not send away. */
  void heard(String attempt) {
    heard.add(attempt);
  }

  /** Whether what an attempt came to may count. */
  boolean counts(String attempt) {
    return heard.contains(attempt);
  }

  /** What executions of all partitions have to do with each other. */
  Kinship kinship() {
    return kinship;
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

  /** A start is promised when it is durable. */
  void acknowledged(String execution, PartitionReader where) {
    acknowledged.add(execution);
    if (where.summary(execution, false) == null) {
      violated("the start of " + execution + " was acknowledged before it was committed");
    }
  }

  /** Executions of which somebody was told that they have ended. */
  Set<String> endsTold() {
    return endsTold;
  }

  Tally tally() {
    return tally;
  }

  /** An end is told when it is durable. */
  void endTold(String execution, PartitionReader where) {
    endsTold.add(execution);
    Summary summary = where.summary(execution, false);
    if (summary == null || !summary.status().hasEnded()) {
      violated("the end of " + execution + " was told before it was committed");
    }
  }

  /** An operator was told that a node is put out. */
  void putOut(String node) {
    if (!orders.isOut(node)) {
      violated("the end of node " + node + " was acknowledged before it was committed");
    }
  }

  /** A move is promised when it is durable, and nothing here moves back. */
  void moved(String execution, PartitionReader where) {
    tally.bit(Happening.MOVE_ACKNOWLEDGED);
    Summary summary = where.summary(execution, false);
    if (summary == null || !summary.workflow().version().equals(Workflows.LATER)) {
      violated("the move of " + execution + " was acknowledged before it was committed");
    }
  }

  /** A publication is acknowledged when all executions that took the event have it for good. */
  void published(String event, int takers) {
    int have = kinship.takers(event);
    if (have < takers) {
      violated(
          "%d executions were said to have taken event %s, and %d have"
              .formatted(takers, event, have));
    }
    if (takers > 0) {
      tally.bit(Happening.EVENT_TAKEN);
    }
  }

  /** A current read sees everything that anybody was told before it was asked for. */
  void current(String where, PartitionReader reader, Set<String> started, Set<String> over) {
    for (String id : started) {
      if (!over.contains(id) && reader.summary(id, false) == null) {
        violated("a current read at " + where + " does not know " + id);
      }
    }
    for (String id : over) {
      Summary summary = reader.summary(id, false);
      if (summary == null || !summary.status().hasEnded()) {
        violated("a current read at " + where + " takes " + id + " for one that goes on");
      }
    }
  }

  /** Nothing grows beyond its bound. */
  void bound(String what, long count, long limit) {
    if (count > limit) {
      violated("%d %s, and at most %d are allowed".formatted(count, what, limit));
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

  /** A whole history, as a replica has it. */
  void history(String execution, List<Event.Recorded> history) {
    history.forEach(recorded -> committed(execution, recorded));
  }

  /** An attempt went back, and its node is said not to have begun to run it. */
  void untouched(String attempt) {
    untouched.add(attempt);
    neverRan(attempt);
  }

  private void neverRan(String attempt) {
    if (carriedOut.containsKey(attempt)) {
      violated("attempt " + attempt + " ran, and went back as one that was not begun");
    }
  }

  /** Whether an attempt was carried out by a worker. */
  boolean ran(String attempt, String worker) {
    return carriedOut.getOrDefault(attempt, Set.of()).contains(worker);
  }

  private static boolean isEnd(Event event) {
    return event instanceof Event.ExecutionCompleted
        || event instanceof Event.ExecutionFaulted
        || event instanceof Event.ExecutionCancelled;
  }

  /** A worker has carried out an attempt. */
  void carriedOut(String attempt, String kind, String worker) {
    Set<String> workers = carriedOut.computeIfAbsent(attempt, _ -> new HashSet<>());
    workers.add(worker);
    if (workers.size() > 1) {
      violated("attempt " + attempt + " ran on " + workers);
    }
    if (untouched.contains(attempt)) {
      neverRan(attempt);
    }
    String task = attempt.substring(0, attempt.lastIndexOf('/', attempt.lastIndexOf('/') - 1));
    if (isOnce(kind, task.substring(0, task.indexOf('/')))) {
      String before = once.putIfAbsent(task, attempt);
      if (before != null) {
        violated("what must not run twice ran as " + before + " and as " + attempt);
      }
    }
  }

  /**
   * Whether the loss of its node is the end of a task, and no fault of its own makes it run again.
   */
  private boolean isOnce(String kind, String execution) {
    return !kind.equals(SimulatedWorker.FETCH)
        && !kind.equals(SimulatedWorker.FLAKES)
        && Workflows.recovery(execution, circumstances.recovery()) == RecoveryStrategy.FAIL;
  }
}
