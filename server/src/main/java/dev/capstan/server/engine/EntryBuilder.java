package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.Task;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One entry of a history in the making; what is not said is left out. */
final class EntryBuilder {
  private final String execution;
  private final long index;
  private final Instant time;
  private final String type;
  private final Redaction redaction;
  private @Nullable String task;
  private @Nullable String reference;
  private @Nullable Long run;
  private @Nullable Long parent;
  private @Nullable Integer iteration;
  private @Nullable Integer attempt;
  private @Nullable String node;
  private @Nullable JsonNode input;
  private @Nullable JsonNode output;
  private @Nullable WorkflowError error;
  private @Nullable Instant dueAt;
  private @Nullable String reason;
  private @Nullable String by;

  EntryBuilder(String execution, long index, Instant time, String type, Redaction redaction) {
    this.execution = execution;
    this.index = index;
    this.time = time;
    this.type = type;
    this.redaction = redaction;
  }

  /** The task, its place, and what it belongs to. */
  EntryBuilder of(TaskRun about) {
    task = about.task().name();
    reference = about.reference();
    run = about.id();
    TaskRun around = about.parent();
    parent = around == null ? null : around.id();
    iteration = isInLoop(around) ? about.iteration() : null;
    return this;
  }

  private static boolean isInLoop(@Nullable TaskRun around) {
    return around != null
        && (around.task() instanceof Task.For
            || around.task() instanceof Task.Listen
            || around.task() instanceof Task.Subscribe
            || around.isIteration());
  }

  EntryBuilder task(String name, String pointer) {
    task = name;
    reference = pointer;
    return this;
  }

  EntryBuilder parent(long id) {
    parent = id;
    return this;
  }

  EntryBuilder attempt(int number) {
    attempt = number;
    return this;
  }

  EntryBuilder node(@Nullable String name) {
    node = name;
    return this;
  }

  EntryBuilder input(JsonNode value) {
    input = redaction.hide(value);
    return this;
  }

  EntryBuilder output(@Nullable JsonNode value) {
    output = redaction.hide(value);
    return this;
  }

  EntryBuilder error(@Nullable WorkflowError value) {
    error = redaction.hide(value);
    return this;
  }

  EntryBuilder dueAt(@Nullable Instant at) {
    dueAt = at;
    return this;
  }

  EntryBuilder reason(@Nullable String text) {
    reason = redaction.hideOrNull(text);
    return this;
  }

  EntryBuilder by(@Nullable String principal) {
    by = principal;
    return this;
  }

  HistoryEntry build() {
    return new HistoryEntry(
        index,
        time,
        type,
        task,
        reference,
        run == null ? null : new TaskId(execution, run),
        run,
        parent,
        iteration,
        attempt,
        node,
        input,
        output,
        error,
        dueAt,
        reason,
        by);
  }
}
