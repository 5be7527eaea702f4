package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Fold;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.Task;
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A history in its public form. Events store a value once however many tasks hand it on; here the
 * history is folded along, so that every entry shows what its task had. One projection goes through
 * one history, from its first event on, on one thread at a time.
 */
final class HistoryProjection {
  private final Execution execution;
  private final Redaction redaction;
  private long index;

  /**
   * @param definitions those that the history names
   */
  HistoryProjection(String id, DefinitionSource definitions, Redaction redaction) {
    this.execution = Execution.blank(id, definitions);
    this.redaction = redaction;
  }

  /** The index of the entry that comes next. */
  long nextIndex() {
    return index;
  }

  /** The execution as far as the projection has come. */
  Execution execution() {
    return execution;
  }

  /** The entries of the next events. Those that the projection has had already are skipped. */
  List<HistoryEntry> next(Event.Recorded recorded) {
    return next(recorded, 0, Long.MAX_VALUE);
  }

  /**
   * The entries of the next events up to an index, which is not included; those before {@code from}
   * are passed without making entries of them.
   */
  List<HistoryEntry> next(Event.Recorded recorded, long from, long to) {
    List<HistoryEntry> entries = new ArrayList<>();
    long at = recorded.firstIndex();
    for (Event event : recorded.events()) {
      if (index >= to) {
        break;
      }
      if (at > index) {
        throw new IllegalStateException(
            "the history of " + execution.id() + " has a gap before event " + at);
      }
      if (at == index) {
        if (index < from) {
          Fold.apply(execution, event, recorded.time());
        } else {
          entries.add(entry(event, recorded.time()));
        }
        index++;
      }
      at++;
    }
    return entries;
  }

  private HistoryEntry entry(Event event, Instant time) {
    return switch (event) {
      case Event.ExecutionEvent about -> {
        Fold.apply(execution, about, time);
        yield executionEntry(about, time);
      }
      case Event.TaskCreated created -> {
        Fold.apply(execution, created, time);
        TaskRun run = run(created.task());
        yield entry(time, "task.created")
            .of(run)
            .input(run.input())
            .dueAt(created.deadline())
            .build();
      }
      case Event.TaskEvent about -> {
        EntryBuilder entry = taskEntry(about, time);
        Fold.apply(execution, about, time);
        yield entry.build();
      }
    };
  }

  private HistoryEntry executionEntry(Event.ExecutionEvent event, Instant time) {
    return switch (event) {
      case Event.ExecutionStarted e ->
          entry(time, "execution.started")
              .input(execution.input())
              .dueAt(e.deadline())
              .by(e.startedBy())
              .build();
      case Event.ExecutionSuspended e ->
          entry(time, "execution.suspended").by(e.by()).reason(e.reason()).build();
      case Event.ExecutionResumed e -> entry(time, "execution.resumed").by(e.by()).build();
      case Event.ExecutionRetried e -> entry(time, "execution.retried").by(e.by()).build();
      case Event.ExecutionMigrated e ->
          entry(time, "execution.migrated")
              .by(e.by())
              .reason("from version " + e.from().version() + " to " + e.to().version())
              .build();
      case Event.ExecutionCompleted e ->
          entry(time, "execution.completed")
              .output(execution.output())
              .reason(e.continuedAs() == null ? null : "goes on as " + e.continuedAs())
              .build();
      case Event.ExecutionFaulted e -> entry(time, "execution.faulted").error(e.error()).build();
      case Event.ExecutionCancelled e ->
          entry(time, "execution.cancelled").by(e.by()).reason(e.reason()).build();
    };
  }

  /** Made before the fold takes the event, which may end the run. */
  private EntryBuilder taskEntry(Event.TaskEvent event, Instant time) {
    return switch (event) {
      case Event.TaskCreated e ->
          throw new IllegalArgumentException("a run that is not there yet: " + e.task());
      case Event.TaskSkipped e -> {
        Task task = execution.task(e.reference());
        yield entry(time, "task.skipped").task(task.name(), e.reference()).parent(e.task());
      }
      case Event.TaskSettled e -> about(time, "task.settled", e).output(e.settings());
      case Event.TaskStarted e ->
          about(time, e.fetch() == null ? "task.started" : "schema.fetching", e)
              .attempt(e.attempt())
              .node(e.node())
              .reason(e.fetch() == null ? null : e.fetch().reference());
      case Event.LoopStarted e -> about(time, "task.started", e).attempt(1);
      case Event.WaitStarted e -> about(time, "task.started", e).attempt(1).dueAt(e.until());
      case Event.ChildStarted e ->
          about(time, "task.started", e).attempt(1).reason("execution " + e.execution());
      case Event.FunctionFetched e -> about(time, "function.fetched", e).output(e.function());
      case Event.SchemaFetched e ->
          about(time, "schema.fetched", e).output(e.document()).reason(e.schema().reference());
      case Event.FunctionCalled e ->
          about(time, "task.started", e)
              .attempt(Math.max(run(e.task()).attempt(), 1))
              .input(e.arguments());
      case Event.CloudEventConsumed e ->
          about(time, "cloudevent.consumed", e).output(e.event().json()).by(e.by());
      case Event.HumanTaskOpened e ->
          about(time, "humantask.opened", e)
              .output(HumanTaskJson.of(e.asked()))
              .dueAt(e.asked().dueAt());
      case Event.HumanTaskAssigned e ->
          about(time, "humantask.assigned", e).by(e.by()).reason(assigned(e.assignee()));
      case Event.CloudEventHandled e -> about(time, "cloudevent.handled", e).output(e.output());
      case Event.MessageConsumed e -> about(time, "message.consumed", e).output(e.message());
      case Event.MessageHandled e -> about(time, "message.handled", e).output(e.output());
      case Event.TaskRetried e ->
          about(time, "task.retried", e)
              .attempt(e.attempt())
              .dueAt(e.at())
              .node(e.node())
              .error(e.error())
              .reason(e.reason());
      case Event.CompensationStarted e -> about(time, "compensation.started", e).error(e.error());
      case Event.ErrorCaught e -> about(time, "task.caught", e).error(e.error());
      case Event.TaskCompleted e -> {
        TaskRun run = run(e.task());
        JsonNode output = e.output();
        yield ended(time, "task.completed", run).output(output != null ? output : run.data());
      }
      case Event.TaskFaulted e -> ended(time, "task.faulted", run(e.task())).error(e.error());
      case Event.TaskCancelled e -> ended(time, "task.cancelled", run(e.task())).reason(e.reason());
    };
  }

  private static String assigned(@Nullable String assignee) {
    return assignee == null ? "to nobody in particular" : "to " + assignee;
  }

  private EntryBuilder about(Instant time, String type, Event.TaskEvent event) {
    EntryBuilder entry = entry(time, type);
    // What happens to the execution's own list of tasks happens to no task.
    return event.task() == 0 ? entry : entry.of(run(event.task()));
  }

  private EntryBuilder ended(Instant time, String type, TaskRun run) {
    EntryBuilder entry = entry(time, type).of(run).node(run.node());
    return run.attempt() > 0 ? entry.attempt(run.attempt()) : entry;
  }

  private EntryBuilder entry(Instant time, String type) {
    return new EntryBuilder(execution.id(), index, time, type, redaction);
  }

  private TaskRun run(long id) {
    TaskRun run = execution.run(id);
    if (run == null) {
      throw new IllegalStateException(
          "the history of " + execution.id() + " names a run that is not there: " + id);
    }
    return run;
  }
}
