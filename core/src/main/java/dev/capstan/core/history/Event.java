package dev.capstan.core.history;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.model.FlowDirective;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One entry of an execution's history.
 *
 * <p>A task's run is named by a number that is unique in its execution. Values that follow from
 * earlier events are left out: a null {@code input} or {@code output} says "what was there already"
 * (see {@link dev.capstan.core.execution.Execution}), so that data is stored once however many
 * tasks hand it on.
 */
public sealed interface Event {

  /** An event about the execution as a whole. */
  sealed interface ExecutionEvent extends Event {}

  /** An event about one task. */
  sealed interface TaskEvent extends Event {
    /** The run of the task that it is about. */
    long task();
  }

  /**
   * @param input the raw input transformed; null when it is the raw input
   * @param deadline when the execution's own timeout or deadline ends it
   * @param startedBy the principal
   * @param predecessor the execution that goes on as this one; null for none
   * @param notAfter the moment that {@code deadline} is never moved beyond; null for none
   * @param doubt as in {@link TaskCreated}
   */
  record ExecutionStarted(
      WorkflowReference workflow,
      JsonNode rawInput,
      @Nullable JsonNode input,
      @Nullable ParentReference parent,
      Map<String, String> labels,
      @Nullable Instant deadline,
      String startedBy,
      @Nullable Predecessor predecessor,
      @Nullable Instant notAfter,
      @Nullable WorkflowError doubt)
      implements ExecutionEvent {
    /** One whose input is known to be sound. */
    public ExecutionStarted(
        WorkflowReference workflow,
        JsonNode rawInput,
        @Nullable JsonNode input,
        @Nullable ParentReference parent,
        Map<String, String> labels,
        @Nullable Instant deadline,
        String startedBy,
        @Nullable Predecessor predecessor,
        @Nullable Instant notAfter) {
      this(
          workflow,
          rawInput,
          input,
          parent,
          labels,
          deadline,
          startedBy,
          predecessor,
          notAfter,
          null);
    }

    /** One that goes on for no other and has no deadline of its own. */
    public ExecutionStarted(
        WorkflowReference workflow,
        JsonNode rawInput,
        @Nullable JsonNode input,
        @Nullable ParentReference parent,
        Map<String, String> labels,
        @Nullable Instant deadline,
        String startedBy) {
      this(workflow, rawInput, input, parent, labels, deadline, startedBy, null, null);
    }
  }

  /** Nothing new starts; what runs may end. */
  record ExecutionSuspended(String by, @Nullable String reason) implements ExecutionEvent {}

  /** It goes on. */
  record ExecutionResumed(String by) implements ExecutionEvent {}

  /**
   * A faulted execution goes on with the tasks that faulted; the ends of timeouts move by the time
   * it stood still.
   */
  record ExecutionRetried(String by) implements ExecutionEvent {}

  /**
   * The execution goes on with another definition of its workflow.
   *
   * @param from what it ran until now
   * @param to what it runs from now on
   * @param moved where tasks and extensions that count for it stand from now on, by where they
   *     stood, as far as that differs; JSON pointers
   */
  record ExecutionMigrated(
      WorkflowReference from, WorkflowReference to, Map<String, String> moved, String by)
      implements ExecutionEvent {
    public ExecutionMigrated {
      moved = Collections.unmodifiableMap(new TreeMap<>(moved));
    }
  }

  /**
   * @param output null when it is what the last task left
   * @param continuedAs the execution that it goes on as; null when it is over
   */
  record ExecutionCompleted(@Nullable JsonNode output, @Nullable String continuedAs)
      implements ExecutionEvent {
    /** One that is over. */
    public ExecutionCompleted(@Nullable JsonNode output) {
      this(output, null);
    }
  }

  /** An error that nothing caught. */
  record ExecutionFaulted(WorkflowError error) implements ExecutionEvent {}

  /** Ended by somebody. */
  record ExecutionCancelled(String by, @Nullable String reason) implements ExecutionEvent {}

  /**
   * @param parent the run of the task around it; 0 is the execution itself
   * @param reference the task's JSON pointer in the definition; that of the body for an iteration
   *     of a parallel loop
   * @param iteration of the loop or event handler that it belongs to directly, or the stage of the
   *     extended task around it; 0 elsewhere
   * @param input the raw input transformed; null when it is the raw input, which is what its parent
   *     has in hand
   * @param deadline when the task's timeout or deadline ends it
   * @param extensions those of {@code use.extensions} that apply, by position; then tasks run
   *     around the task, and the task itself is created inside this run
   * @param notAfter the moment that {@code deadline} is never moved beyond; null for none
   * @param doubt why it can't begin, unless its raw input breaks a schema that has to be fetched
   *     first, which would be the reason then; null for none
   */
  record TaskCreated(
      long task,
      long parent,
      String reference,
      int iteration,
      @Nullable JsonNode input,
      @Nullable Instant deadline,
      List<Integer> extensions,
      @Nullable Instant notAfter,
      @Nullable WorkflowError doubt)
      implements TaskEvent {
    public TaskCreated {
      extensions = List.copyOf(extensions);
    }

    /** One that can begin. */
    public TaskCreated(
        long task,
        long parent,
        String reference,
        int iteration,
        @Nullable JsonNode input,
        @Nullable Instant deadline,
        List<Integer> extensions,
        @Nullable Instant notAfter) {
      this(task, parent, reference, iteration, input, deadline, extensions, notAfter, null);
    }

    /** One without a deadline of its own. */
    public TaskCreated(
        long task,
        long parent,
        String reference,
        int iteration,
        @Nullable JsonNode input,
        @Nullable Instant deadline,
        List<Integer> extensions) {
      this(task, parent, reference, iteration, input, deadline, extensions, null);
    }

    /** One that no extension applies to. */
    public TaskCreated(
        long task,
        long parent,
        String reference,
        int iteration,
        @Nullable JsonNode input,
        @Nullable Instant deadline) {
      this(task, parent, reference, iteration, input, deadline, List.of());
    }
  }

  /**
   * A task whose condition did not hold. It has no run of its own, so {@code task} is its parent's.
   *
   * @param iteration as in {@link TaskCreated}
   */
  record TaskSkipped(long task, String reference, int iteration) implements TaskEvent {}

  /**
   * @param node the node that it was given to, with the session's epoch; null for what coordinators
   *     do themselves
   * @param attempt from 1
   * @param fetch the schema that the node fetches before the task itself begins; null when it runs
   *     the task
   */
  record TaskStarted(
      long task, int attempt, @Nullable String node, long epoch, @Nullable SchemaFetch fetch)
      implements TaskEvent {
    /** One that runs the task. */
    public TaskStarted(long task, int attempt, @Nullable String node, long epoch) {
      this(task, attempt, node, epoch, null);
    }
  }

  /**
   * A schema that a task needs has come from where it stands, or had come before, and the task is
   * about to begin.
   *
   * @param schema which one
   * @param document null when the execution had it already
   */
  record SchemaFetched(long task, SchemaFetch schema, @Nullable JsonNode document)
      implements TaskEvent {}

  /**
   * What {@code metadata.capstan} of a task says in expressions was evaluated, once for all
   * attempts.
   *
   * @param settings those members, at the places where they stand in the definition; null in place
   *     of a key is no key
   */
  record TaskSettled(long task, JsonNode settings) implements TaskEvent {}

  /** A loop has its items. */
  record LoopStarted(long task, JsonNode items) implements TaskEvent {}

  /** A wait has its end. */
  record WaitStarted(long task, Instant until) implements TaskEvent {}

  /** Another execution was asked for. */
  record ChildStarted(long task, String execution) implements TaskEvent {}

  /**
   * The document of a function came from where it is kept, and the call is about to begin.
   *
   * @param function the document; null when the execution had it already, from another call
   */
  record FunctionFetched(long task, @Nullable JsonNode function) implements TaskEvent {}

  /**
   * A function was called, and its task comes next.
   *
   * @param arguments the raw input of that task
   */
  record FunctionCalled(long task, JsonNode arguments) implements TaskEvent {}

  /**
   * A listening task took a cloud event.
   *
   * @param filter which of its filters matched, from 0; -1 when it has none
   * @param terminal whether it counts towards the end of the listening only
   * @param keys correlation values that are fixed from now on
   * @param by the principal that sent it to this task alone; null for one that was published
   */
  record CloudEventConsumed(
      long task,
      int filter,
      boolean terminal,
      CloudEvent event,
      Map<String, JsonNode> keys,
      @Nullable String by)
      implements TaskEvent {
    /** One that was published. */
    public CloudEventConsumed(
        long task, int filter, boolean terminal, CloudEvent event, Map<String, JsonNode> keys) {
      this(task, filter, terminal, event, keys, null);
    }
  }

  /** A person is asked to decide. */
  record HumanTaskOpened(long task, HumanTask asked) implements TaskEvent {}

  /**
   * Somebody else is to decide.
   *
   * @param assignee null for nobody in particular
   */
  record HumanTaskAssigned(long task, @Nullable String assignee, String by) implements TaskEvent {}

  /**
   * The task runs again.
   *
   * @param attempt the number of the coming attempt
   * @param at when it is due
   * @param error of the attempt before; null when none failed
   * @param node the only one that the coming attempt may go to; null for any
   */
  record TaskRetried(
      long task,
      int attempt,
      Instant at,
      @Nullable WorkflowError error,
      String reason,
      @Nullable String node)
      implements TaskEvent {
    /** One that may go to any node. */
    public TaskRetried(
        long task, int attempt, Instant at, @Nullable WorkflowError error, String reason) {
      this(task, attempt, at, error, reason, null);
    }
  }

  /**
   * What has completed inside a {@code try}, or inside the whole execution ({@code task} 0), is
   * undone because of an error. Tasks that are created directly inside that run from now on are
   * compensations, the one of the task that completed last first.
   */
  record CompensationStarted(long task, WorkflowError error) implements TaskEvent {}

  /** A {@code try} took an error and goes on with its handler. */
  record ErrorCaught(long task, WorkflowError error) implements TaskEvent {}

  /**
   * @param output null when it is what the task had in hand
   * @param context the whole new context; null when it stays
   * @param then where the flow goes on if that is not what the definition says for the task
   */
  record TaskCompleted(
      long task,
      @Nullable JsonNode output,
      @Nullable JsonNode context,
      @Nullable FlowDirective then)
      implements TaskEvent {}

  /** An error ended it. */
  record TaskFaulted(long task, WorkflowError error) implements TaskEvent {}

  /** It was no longer wanted. */
  record TaskCancelled(long task, String reason) implements TaskEvent {}

  /** One event of a listener was handled; {@code output} joins the listener's results. */
  record CloudEventHandled(long task, JsonNode output, @Nullable JsonNode context)
      implements TaskEvent {}

  /**
   * A subscription took a message.
   *
   * @param number which one of its attempt, from 1; those between were not for it
   * @param message an object of payload, headers and correlationId
   */
  record MessageConsumed(long task, long number, JsonNode message) implements TaskEvent {}

  /** One message of a subscription was handled; {@code output} joins its results. */
  record MessageHandled(long task, JsonNode output, @Nullable JsonNode context)
      implements TaskEvent {}

  /** The events of one decision with the time that they share. */
  record Recorded(long firstIndex, Instant time, List<Event> events) {}
}
