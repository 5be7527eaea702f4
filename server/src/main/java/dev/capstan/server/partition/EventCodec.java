package dev.capstan.server.partition;

import dev.capstan.core.history.Event;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.SchemaFetch;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.model.FlowDirective;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes events as {@code capstan.storage.v1.Recorded}. The numbers here are those of {@code
 * history.proto}; {@link EventReader} reads them with the generated classes. This is the hottest
 * code of a coordinator, hence no object for each message.
 */
final class EventCodec {
  private static final int FIRST_INDEX = 1;
  private static final int TIME = 2;
  private static final int EVENTS = 3;

  private EventCodec() {}

  /** Begins a {@code Recorded}: any number of {@link #event} may follow. */
  static void begin(RowWriter out, long firstIndex, long timeMillis) {
    out.number(FIRST_INDEX, firstIndex);
    out.number(TIME, timeMillis);
  }

  static byte[] encode(Event.Recorded recorded) {
    RowWriter out = new RowWriter(512);
    begin(out, recorded.firstIndex(), recorded.time().toEpochMilli());
    events(out, recorded.events());
    return out.toBytes();
  }

  static void events(RowWriter out, List<Event> events) {
    for (int i = 0; i < events.size(); i++) {
      event(out, events.get(i));
    }
  }

  private static void event(RowWriter out, Event event) {
    int outer = out.begin(EVENTS);
    switch (event) {
      case Event.ExecutionEvent e -> executionEvent(out, e);
      case Event.TaskEvent e -> taskEvent(out, e);
    }
    out.end(outer);
  }

  private static void executionEvent(RowWriter out, Event.ExecutionEvent event) {
    switch (event) {
      case Event.ExecutionStarted e -> started(out, e);
      case Event.ExecutionSuspended e -> {
        int start = out.begin(2);
        out.text(1, e.by());
        out.optional(2, e.reason());
        out.end(start);
      }
      case Event.ExecutionResumed e -> by(out, 3, e.by());
      case Event.ExecutionRetried e -> by(out, 4, e.by());
      case Event.ExecutionMigrated e -> migrated(out, e);
      case Event.ExecutionCompleted e -> {
        int start = out.begin(5);
        out.optional(1, e.output());
        out.optional(45, e.continuedAs());
        out.end(start);
      }
      case Event.ExecutionFaulted e -> {
        int start = out.begin(6);
        error(out, 1, e.error());
        out.end(start);
      }
      case Event.ExecutionCancelled e -> {
        int start = out.begin(7);
        out.text(1, e.by());
        out.optional(2, e.reason());
        out.end(start);
      }
    }
  }

  private static void taskEvent(RowWriter out, Event.TaskEvent event) {
    switch (event) {
      case Event.TaskCreated e -> created(out, e);
      case Event.TaskSkipped e -> {
        int start = task(out, 9, e);
        out.text(2, e.reference());
        out.number(3, e.iteration());
        out.end(start);
      }
      case Event.TaskSettled e -> {
        int start = task(out, 40, e);
        out.json(2, e.settings());
        out.end(start);
      }
      case Event.TaskStarted e -> {
        int start = task(out, 10, e);
        out.number(2, e.attempt());
        out.optional(3, e.node());
        out.number(4, e.epoch());
        fetch(out, 240, e.fetch());
        out.end(start);
      }
      case Event.LoopStarted e -> {
        int start = task(out, 11, e);
        out.json(2, e.items());
        out.end(start);
      }
      case Event.WaitStarted e -> {
        int start = task(out, 12, e);
        out.time(2, e.until());
        out.end(start);
      }
      case Event.ChildStarted e -> {
        int start = task(out, 13, e);
        out.text(2, e.execution());
        out.end(start);
      }
      case Event.FunctionFetched e -> {
        int start = task(out, 21, e);
        out.optional(2, e.function());
        out.end(start);
      }
      case Event.SchemaFetched e -> {
        int start = task(out, 240, e);
        fetch(out, 2, e.schema());
        out.optional(3, e.document());
        out.end(start);
      }
      case Event.FunctionCalled e -> {
        int start = task(out, 22, e);
        out.json(2, e.arguments());
        out.end(start);
      }
      case Event.MessageConsumed e -> {
        int start = task(out, 30, e);
        out.number(2, e.number());
        out.json(3, e.message());
        out.end(start);
      }
      case Event.MessageHandled e -> {
        int start = task(out, 31, e);
        out.json(2, e.output());
        out.optional(3, e.context());
        out.end(start);
      }
      case Event.CloudEventConsumed e -> consumed(out, e);
      case Event.HumanTaskOpened e -> {
        int start = task(out, 35, e);
        humanTask(out, 2, e.asked());
        out.end(start);
      }
      case Event.HumanTaskAssigned e -> {
        int start = task(out, 36, e);
        out.optional(2, e.assignee());
        out.text(3, e.by());
        out.end(start);
      }
      case Event.TaskRetried e -> retried(out, e);
      case Event.CompensationStarted e -> failure(out, 45, e, e.error());
      case Event.ErrorCaught e -> failure(out, 16, e, e.error());
      case Event.TaskCompleted e -> completed(out, e);
      case Event.TaskFaulted e -> failure(out, 18, e, e.error());
      case Event.TaskCancelled e -> {
        int start = task(out, 19, e);
        out.text(2, e.reason());
        out.end(start);
      }
      case Event.CloudEventHandled e -> {
        int start = task(out, 20, e);
        out.json(2, e.output());
        out.optional(3, e.context());
        out.end(start);
      }
    }
  }

  private static void started(RowWriter out, Event.ExecutionStarted e) {
    int start = out.begin(1);
    workflow(out, 1, e.workflow());
    out.json(2, e.rawInput());
    out.optional(3, e.input());
    parent(out, 4, e.parent());
    labels(out, 5, e.labels());
    out.time(6, e.deadline());
    out.text(7, e.startedBy());
    out.time(40, e.notAfter());
    predecessor(out, 45, e.predecessor());
    doubt(out, e.doubt());
    out.end(start);
  }

  private static void doubt(RowWriter out, @Nullable WorkflowError doubt) {
    if (doubt != null) {
      error(out, 240, doubt);
    }
  }

  private static void fetch(RowWriter out, int field, @Nullable SchemaFetch fetch) {
    if (fetch != null) {
      int start = out.begin(field);
      out.text(1, fetch.reference());
      out.text(2, fetch.resource());
      out.end(start);
    }
  }

  private static void migrated(RowWriter out, Event.ExecutionMigrated e) {
    int start = out.begin(50);
    workflow(out, 1, e.from());
    workflow(out, 2, e.to());
    labels(out, 3, e.moved());
    out.text(4, e.by());
    out.end(start);
  }

  private static void created(RowWriter out, Event.TaskCreated e) {
    int start = task(out, 8, e);
    out.number(2, e.parent());
    out.text(3, e.reference());
    out.number(4, e.iteration());
    out.optional(5, e.input());
    out.time(6, e.deadline());
    out.numbers(7, e.extensions());
    out.time(40, e.notAfter());
    doubt(out, e.doubt());
    out.end(start);
  }

  private static void consumed(RowWriter out, Event.CloudEventConsumed e) {
    int start = task(out, 14, e);
    out.signed(2, e.filter());
    out.flag(3, e.terminal());
    out.json(4, e.event().json());
    e.keys()
        .forEach((name, value) -> {
          int key = out.begin(5);
          out.text(1, name);
          out.json(2, value);
          out.end(key);
        });
    out.optional(35, e.by());
    out.end(start);
  }

  static void humanTask(RowWriter out, int field, HumanTask asked) {
    int start = out.begin(field);
    out.text(1, asked.title());
    out.optional(2, asked.description());
    out.optional(3, asked.assignee());
    for (String candidate : asked.candidates()) {
      int name = out.begin(4);
      out.utf8(candidate);
      out.end(name);
    }
    out.time(5, asked.dueAt());
    out.signed(6, asked.priority());
    out.end(start);
  }

  private static void retried(RowWriter out, Event.TaskRetried e) {
    int start = task(out, 15, e);
    out.number(2, e.attempt());
    out.time(3, e.at());
    error(out, 4, e.error());
    out.text(5, e.reason());
    out.optional(6, e.node());
    out.end(start);
  }

  private static void completed(RowWriter out, Event.TaskCompleted e) {
    int start = task(out, 17, e);
    out.optional(2, e.output());
    out.optional(3, e.context());
    out.optional(4, word(e.then()));
    out.end(start);
  }

  private static void failure(
      RowWriter out, int field, Event.TaskEvent event, WorkflowError error) {
    int start = task(out, field, event);
    error(out, 2, error);
    out.end(start);
  }

  private static void by(RowWriter out, int field, String by) {
    int start = out.begin(field);
    out.text(1, by);
    out.end(start);
  }

  private static int task(RowWriter out, int field, Event.TaskEvent event) {
    int start = out.begin(field);
    out.number(1, event.task());
    return start;
  }

  static void workflow(RowWriter out, int field, WorkflowReference workflow) {
    int start = out.begin(field);
    out.text(1, workflow.namespace());
    out.text(2, workflow.name());
    out.text(3, workflow.version());
    out.text(4, workflow.hash());
    out.end(start);
  }

  static void parent(RowWriter out, int field, @Nullable ParentReference parent) {
    if (parent != null) {
      int start = out.begin(field);
      out.text(1, parent.execution());
      out.number(2, parent.task());
      out.flag(3, parent.awaited());
      out.number(4, parent.depth());
      out.end(start);
    }
  }

  static void predecessor(RowWriter out, int field, @Nullable Predecessor predecessor) {
    if (predecessor != null) {
      int start = out.begin(field);
      out.text(1, predecessor.execution());
      out.number(2, predecessor.task());
      out.text(3, predecessor.first());
      out.end(start);
    }
  }

  static void labels(RowWriter out, int field, Map<String, String> labels) {
    labels.forEach((name, value) -> {
      int start = out.begin(field);
      out.text(1, name);
      out.text(2, value);
      out.end(start);
    });
  }

  static void error(RowWriter out, int field, @Nullable WorkflowError error) {
    if (error != null) {
      int start = out.begin(field);
      out.text(1, error.type());
      out.number(2, error.status());
      out.optional(3, error.title());
      out.optional(4, error.detail());
      out.optional(5, error.instance());
      out.end(start);
    }
  }

  private static @Nullable String word(@Nullable FlowDirective directive) {
    return switch (directive) {
      case null -> null;
      case FlowDirective.Continue _ -> "continue";
      case FlowDirective.Exit _ -> "exit";
      case FlowDirective.End _ -> "end";
      case FlowDirective.GoTo target -> target.task();
    };
  }
}
