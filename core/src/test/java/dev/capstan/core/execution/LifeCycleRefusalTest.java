package dev.capstan.core.execution;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What stands in no line of a table is refused, for every status and every event. */
class LifeCycleRefusalTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final JsonNode NOTHING = JsonNodeFactory.instance.objectNode();
  private static final WorkflowError ERROR = ErrorType.RUNTIME.error("broken", "/do/0/t");
  private static final Definition DEFINITION = definition();

  private static final List<Event.ExecutionEvent> OF_EXECUTION =
      List.of(
          started(),
          new Event.ExecutionSuspended("me", null),
          new Event.ExecutionResumed("me"),
          new Event.ExecutionRetried("me"),
          new Event.ExecutionMigrated(
              started().workflow(),
              new WorkflowReference("test", "test", "1.0.1", "other"),
              Map.of(),
              "me"),
          new Event.ExecutionCompleted(null),
          new Event.ExecutionFaulted(ERROR),
          new Event.ExecutionCancelled("me", null));

  private static final List<Event.TaskEvent> OF_TASK =
      List.of(
          new Event.TaskCreated(2, 1, "/do/0/t/try/0/w", 0, null, null),
          new Event.TaskSkipped(1, "/do/0/t/try/0/w", 0),
          new Event.TaskStarted(1, 1, null, 0),
          new Event.LoopStarted(1, JsonNodeFactory.instance.arrayNode()),
          new Event.WaitStarted(1, NOW),
          new Event.ChildStarted(1, "child"),
          new Event.CloudEventConsumed(1, 0, false, new CloudEvent(NOTHING), Map.of()),
          new Event.TaskRetried(1, 2, NOW, ERROR, "retry 1"),
          new Event.CompensationStarted(1, ERROR),
          new Event.ErrorCaught(1, ERROR),
          new Event.TaskCompleted(1, null, null, null),
          new Event.TaskFaulted(1, ERROR),
          new Event.TaskCancelled(1, "no longer wanted"),
          new Event.CloudEventHandled(1, NOTHING, null),
          new Event.MessageConsumed(1, 1, NOTHING),
          new Event.MessageHandled(1, NOTHING, null));

  private static Event.ExecutionStarted started() {
    WorkflowReference workflow = new WorkflowReference("test", "test", "1.0.0", "hash");
    return new Event.ExecutionStarted(workflow, NOTHING, null, null, Map.of(), null, "me");
  }

  private static Definition definition() {
    String text =
        """
        document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}
        do:
          - t: { try: [ { w: { wait: PT1S } } ], catch: {} }
        """;
    if (new DefinitionLoader().load(text, "test.yaml") instanceof LoadResult.Loaded loaded) {
      return loaded.definition();
    }
    throw new IllegalStateException("the definition of this test is invalid");
  }

  private static Map<Status, List<Event>> waysOfExecutions() {
    Map<Status, List<Event>> ways = new EnumMap<>(Status.class);
    ways.put(Status.PENDING, List.of());
    ways.put(Status.RUNNING, List.of(started()));
    ways.put(Status.SUSPENDED, List.of(started(), new Event.ExecutionSuspended("me", null)));
    ways.put(Status.COMPLETED, List.of(started(), new Event.ExecutionCompleted(null)));
    ways.put(Status.FAULTED, List.of(started(), new Event.ExecutionFaulted(ERROR)));
    ways.put(Status.CANCELLED, List.of(started(), new Event.ExecutionCancelled("me", null)));
    return ways;
  }

  private static Map<Status, List<Event>> waysOfTasks() {
    Event created = new Event.TaskCreated(1, 0, "/do/0/t", 0, null, null);
    Event begun = new Event.TaskStarted(1, 1, null, 0);
    Map<Status, List<Event>> ways = new EnumMap<>(Status.class);
    ways.put(Status.PENDING, List.of(started(), created));
    ways.put(Status.RUNNING, List.of(started(), created, begun));
    Event retried = new Event.TaskRetried(1, 2, NOW, ERROR, "retry 1");
    ways.put(Status.WAITING, List.of(started(), created, begun, retried));
    ways.put(Status.FAULTED, List.of(started(), created, new Event.TaskFaulted(1, ERROR)));
    return ways;
  }

  @TestFactory
  Stream<DynamicTest> events_of_executions() {
    List<DynamicTest> tests = new ArrayList<>();
    waysOfExecutions()
        .forEach((status, way) ->
            OF_EXECUTION.forEach(
                event -> tests.add(test(LifeCycle.EXECUTION, status, way, event))));
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> events_of_tasks() {
    List<DynamicTest> tests = new ArrayList<>();
    waysOfTasks()
        .forEach((status, way) ->
            OF_TASK.forEach(event -> tests.add(test(LifeCycle.TASK, status, way, event))));
    return tests.stream();
  }

  private static DynamicTest test(
      List<LifeCycle.Edge> table, Status status, List<Event> way, Event event) {
    boolean allowed =
        table.stream().anyMatch(edge -> edge.from() == status && edge.event() == event.getClass());
    String name = status.word() + ", " + event.getClass().getSimpleName();
    return DynamicTest.dynamicTest(
        name + (allowed ? " is allowed" : " is refused"),
        () -> {
          Execution execution = after(way);
          if (allowed) {
            assertThatCode(() -> require(execution, event)).doesNotThrowAnyException();
          } else {
            assertThatThrownBy(() -> Fold.apply(execution, event, NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(event.getClass().getSimpleName())
                .hasMessageContaining(status.word());
          }
        });
  }

  private static void require(Execution execution, Event event) {
    switch (event) {
      case Event.ExecutionEvent e -> LifeCycle.require(execution, e);
      case Event.TaskEvent e -> {
        TaskRun run = Objects.requireNonNull(execution.run(LifeCycle.runOf(e)));
        LifeCycle.require(execution, e, run);
      }
    }
  }

  @Test
  void nothing_begins_while_the_execution_is_suspended() {
    for (Event.TaskEvent event : OF_TASK) {
      List<Event> way = new ArrayList<>(waysOfTasks().get(Status.PENDING));
      way.add(new Event.ExecutionSuspended("me", null));
      boolean begins =
          !(event instanceof Event.TaskCompleted
              || event instanceof Event.TaskFaulted
              || event instanceof Event.TaskCancelled
              || event instanceof Event.TaskRetried);
      if (begins) {
        assertThatThrownBy(() -> Fold.apply(after(way), event, NOW))
            .as(event.toString())
            .isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void nothing_happens_to_a_run_that_is_gone() {
    Map<String, Event> ends = new LinkedHashMap<>();
    ends.put("cancelled", new Event.TaskCancelled(1, "no longer wanted"));
    ends.put("completed", new Event.TaskCompleted(1, null, null, null));
    ends.forEach((word, end) -> {
      for (Event.TaskEvent event : OF_TASK) {
        List<Event> way = new ArrayList<>(waysOfTasks().get(Status.RUNNING));
        way.add(end);
        assertThatThrownBy(() -> Fold.apply(after(way), event, NOW))
            .as("%s, %s", word, event)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("names a run that is not there");
      }
    });
  }

  private static Execution after(List<Event> way) {
    return Execution.replay("x", _ -> DEFINITION, List.of(new Event.Recorded(0, NOW, way)));
  }
}
