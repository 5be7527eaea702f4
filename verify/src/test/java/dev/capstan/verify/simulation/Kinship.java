package dev.capstan.verify.simulation;

import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.server.gateway.KeySpace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What executions of all partitions have to do with each other, as it is committed: who was started
 * by whom, who waits for whom, and what messages are on their way. A message that is taken for
 * delivered has done what it is for, wherever that is.
 */
final class Kinship {
  private final KeySpace keys;
  private final Consumer<String> violated;
  private final Tally tally;
  private final Map<String, Event.ExecutionStarted> started = new HashMap<>();
  private final Map<String, String> ended = new HashMap<>();
  private final Map<String, String> continued = new HashMap<>();

  /** Runs that have a child and have not ended; an awaited one, or a successor. */
  private final Map<Run, String> open = new HashMap<>();

  /** All that were asked for, by whom. */
  private final Map<String, Run> wanted = new HashMap<>();

  private final Set<String> cancelled = new HashSet<>();
  private final Set<String> newsOf = new HashSet<>();
  private final List<Message> underWay = new ArrayList<>();
  private final Map<ByteBuffer, List<String>> listeners = new HashMap<>();
  private final Map<Message, Set<ByteBuffer>> awaited = new HashMap<>();
  private final Map<String, Set<String>> takers = new HashMap<>();
  private final List<Message> delivered = new ArrayList<>();
  private final Map<String, Integer> floors = new HashMap<>();

  /** A task of an execution. */
  private record Run(String execution, long task) {}

  Kinship(KeySpace keys, Consumer<String> violated, Tally tally) {
    this.keys = keys;
    this.violated = violated;
    this.tally = tally;
  }

  /** The next event of an execution. */
  void happened(int partition, String id, Event event) {
    switch (event) {
      case Event.ExecutionStarted start -> started(partition, id, start);
      case Event.ChildStarted child -> wants(new Run(id, child.task()), child.execution());
      case Event.TaskCompleted e -> open.remove(new Run(id, e.task()));
      case Event.TaskFaulted e -> open.remove(new Run(id, e.task()));
      case Event.TaskCancelled e -> open.remove(new Run(id, e.task()));
      case Event.TaskRetried e -> open.remove(new Run(id, e.task()));
      case Event.CloudEventConsumed e ->
          takers
              .computeIfAbsent(e.event().json().path("id").asText(), _ -> new HashSet<>())
              .add(id);
      case Event.ExecutionCompleted e -> {
        ended(id, "completed");
        if (e.continuedAs() != null) {
          continued.put(id, e.continuedAs());
        }
      }
      case Event.ExecutionFaulted _ -> ended(id, "faulted");
      case Event.ExecutionCancelled _ -> ended(id, "cancelled");
      default -> {
        // Nothing between executions.
      }
    }
  }

  private void started(int partition, String id, Event.ExecutionStarted start) {
    if (keys.ownerOf(id) != partition) {
      violated.accept(id + " is in partition " + partition + ", to which it does not belong");
    }
    if (started.put(id, start) != null) {
      violated.accept(id + " was started twice");
    }
    ParentReference parent = start.parent();
    newest(parent == null ? id : parent.execution(), start);
    if (start.predecessor() != null) {
      asked(id, new Run(start.predecessor().execution(), start.predecessor().task()));
    } else if (parent != null) {
      asked(id, new Run(parent.execution(), parent.task()));
    }
    if (cancelled.contains(id)) {
      violated.accept(id + " begins, and was to be cancelled before");
    }
  }

  /** Before an execution was wanted this version of {@link Families#YOUNG} was deployed. */
  void atLeast(String id, int patch) {
    floors.put(id, patch);
  }

  private void newest(String wanting, Event.ExecutionStarted start) {
    String version = start.workflow().version();
    if (start.workflow().name().equals(Families.YOUNG)
        && Integer.parseInt(version.substring(version.lastIndexOf('.') + 1))
            < floors.getOrDefault(wanting, 0)) {
      violated.accept(
          wanting + " got version " + version + ", and there was " + floors.get(wanting));
    }
  }

  private void asked(String id, Run by) {
    if (!by.equals(wanted.get(id))) {
      violated.accept(id + " was started for " + by + ", and asked for by " + wanted.get(id));
    }
    if (keys.ownerOf(id) != keys.ownerOf(by.execution())) {
      tally.bit(Happening.CHILD_IN_ANOTHER_PARTITION);
    }
  }

  private void wants(Run run, String child) {
    if (wanted.put(child, run) != null) {
      violated.accept(child + " was asked for twice");
    }
    open.put(run, child);
  }

  private void ended(String id, String how) {
    ended.put(id, how);
    open.keySet().removeIf(run -> run.execution().equals(id));
  }

  /** Whether an execution waits for another one that goes on, or for news of it. */
  boolean waits(String id) {
    return open.entrySet().stream()
        .filter(each -> each.getKey().execution().equals(id))
        .anyMatch(each -> isUnderWay(each.getKey(), each.getValue()));
  }

  private boolean isUnderWay(Run run, String child) {
    String last = last(child);
    return (started.containsKey(last) && !ended.containsKey(last))
        || underWay.stream().anyMatch(message -> isFor(message, run, child));
  }

  private static boolean isFor(Message message, Run run, String child) {
    return switch (message) {
      case Message.StartChild m -> m.execution().equals(child);
      case Message.StartSuccessor m -> m.execution().equals(child);
      case Message.NotifyParent m -> new Run(m.parent().execution(), m.parent().task()).equals(run);
      case Message.CancelChild _, Message.Publish _ -> false;
    };
  }

  /** The one that goes on for an execution. */
  private String last(String id) {
    String last = id;
    for (String next = id; next != null; next = continued.get(next)) {
      last = next;
    }
    return last;
  }

  /** A message is in an outbox. */
  void sent(Message message) {
    underWay.add(message);
    switch (message) {
      case Message.NotifyParent m -> newsOf.add(m.execution());
      case Message.Publish m -> {
        Set<ByteBuffer> wanting = new HashSet<>();
        String type = m.event().type();
        listeners.forEach((listener, types) -> {
          if (types.isEmpty() || types.contains(type)) {
            wanting.add(listener);
          }
        });
        awaited.put(m, wanting);
      }
      case Message.StartChild _, Message.StartSuccessor _, Message.CancelChild _ -> {
        // What they are for is seen when they are delivered.
      }
    }
  }

  /** A message is in its outbox no more. */
  void delivered(Message message) {
    if (!underWay.remove(message)) {
      violated.accept("nobody has sent " + message);
    }
    delivered.add(message);
  }

  /** An entry is complete: what it takes for delivered is. */
  void settled() {
    delivered.forEach(this::check);
    delivered.clear();
  }

  private void check(Message message) {
    boolean done =
        switch (message) {
          case Message.StartChild m ->
              isKnown(m.execution())
                  || (m.parent().awaited()
                      && isNotWanted(
                          m.execution(), new Run(m.parent().execution(), m.parent().task())));
          case Message.StartSuccessor m ->
              isKnown(m.execution())
                  || isNotWanted(
                      m.execution(), new Run(m.predecessor().execution(), m.predecessor().task()));
          case Message.CancelChild m -> isOver(m.execution());
          case Message.NotifyParent m ->
              !m.execution().equals(open.get(new Run(m.parent().execution(), m.parent().task())));
          case Message.Publish m -> Objects.requireNonNull(awaited.remove(m)).isEmpty();
        };
    if (!done) {
      violated.accept("taken for delivered, and has not done what it is for: " + message);
    }
    count(message);
  }

  private void count(Message message) {
    switch (message) {
      case Message.CancelChild m when ended.containsKey(m.execution()) ->
          tally.bit(Happening.CHILD_CANCELLED);
      case Message.NotifyParent m when m.outcome() instanceof Outcome.Continued ->
          tally.bit(Happening.SUCCESSOR_BEGUN);
      case Message.NotifyParent _ -> tally.bit(Happening.PARENT_TOLD);
      case Message.Publish _ -> tally.bit(Happening.EVENT_EMITTED);
      default -> {
        // Seen by what it starts.
      }
    }
  }

  /** Whether an execution has begun, or whoever wants it was told why it does not. */
  private boolean isKnown(String id) {
    return started.containsKey(id) || newsOf.contains(id);
  }

  private boolean isNotWanted(String id, Run by) {
    return !id.equals(open.get(by));
  }

  /** Whether an execution has ended, or never begins. */
  private boolean isOver(String id) {
    if (!started.containsKey(id)) {
      cancelled.add(id);
      return true;
    }
    String next = continued.get(id);
    return ended.containsKey(id)
        && (next == null
            || underWay.stream()
                .anyMatch(m -> m instanceof Message.CancelChild c && c.execution().equals(next))
            || isOver(next));
  }

  /** A task listens for cloud events. */
  void listens(ByteBuffer subscription, List<String> types) {
    listeners.put(subscription, List.copyOf(types));
  }

  /** It does no more: what was sent to it before has come, or is not wanted. */
  void listensNoMore(ByteBuffer subscription) {
    listeners.remove(subscription);
    awaited.values().forEach(waiting -> waiting.remove(subscription));
  }

  /** How many executions have taken a cloud event. */
  int takers(String event) {
    return takers.getOrDefault(event, Set.of()).size();
  }

  /** Messages that are not delivered, and tasks whose child is neither there nor on its way. */
  List<String> unsettled() {
    List<String> unsettled = new ArrayList<>();
    underWay.forEach(message -> unsettled.add("not delivered: " + message));
    open.forEach((run, child) -> unsettled.add(run + " waits for " + child));
    return unsettled;
  }

  /** The event by which an execution began. */
  Event.@Nullable ExecutionStarted start(String id) {
    return started.get(id);
  }
}
