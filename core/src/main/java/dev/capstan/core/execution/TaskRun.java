package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.history.SchemaFetch;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One run of a task that has not ended, or that faulted and could be retried. Read by deciders,
 * changed by {@link Fold} alone.
 *
 * <p>{@link #data} is what the run has in hand: at first its input, then, where it holds tasks in
 * sequence, the output of the last one. It is the raw input of the task that comes next and, at the
 * end, the raw output.
 */
public final class TaskRun {
  /** Where what extensions run stands in the definition. */
  private static final String EXTENSIONS = "/use/extensions/";

  private final long id;
  private final @Nullable TaskRun parent;
  private final int iteration;
  private final JsonNode rawInput;
  private final Instant createdAt;

  private Status status = Status.PENDING;
  private @Nullable String node;

  /** Those that it is one of; null before and after that. */
  private @Nullable Runs among;

  Task task;

  /** Its reference when it was created, before moves to other definitions; keys go by it. */
  String origin;

  /** What has completed inside of it and would have to be undone; the last one last. */
  List<Undoable> remembered = new ArrayList<>(0);

  /** The error because of which that is being undone. */
  @Nullable WorkflowError undoing;

  @Nullable TaskRun retriedScope;
  int undone;
  int visit;
  JsonNode input;
  JsonNode data;
  int attempt;
  @Nullable String boundTo;
  Instant pendingSince;
  long epoch;
  @Nullable Instant startedAt;
  @Nullable Instant deadline;
  @Nullable Instant notAfter;
  @Nullable JsonNode settled;
  @Nullable WorkflowError error;

  /** The resources of the schemas that it has seen come, by the pointers of their endpoints. */
  final Map<String, String> schemas = new TreeMap<>();

  @Nullable SchemaFetch fetching;

  /** Whether its raw input has still to be checked, because the schema was not known. */
  boolean unchecked;

  @Nullable WorkflowError doubt;
  @Nullable Task lastChild;
  @Nullable FlowDirective next;
  Progress progress = new Progress.Plain();

  TaskRun(
      long id,
      @Nullable TaskRun parent,
      Task task,
      int iteration,
      JsonNode rawInput,
      JsonNode input,
      @Nullable Instant deadline,
      Instant createdAt) {
    this.id = id;
    this.parent = parent;
    this.task = task;
    this.origin = task.header().reference();
    this.iteration = iteration;
    this.rawInput = rawInput;
    this.input = input;
    this.data = input;
    this.deadline = deadline;
    this.createdAt = createdAt;
    this.pendingSince = createdAt;
  }

  /** Unique in the execution; 0 is the execution's own list of tasks. */
  public long id() {
    return id;
  }

  /** The run around it; null for the execution's own list of tasks. */
  public @Nullable TaskRun parent() {
    return parent;
  }

  /** What it runs. */
  public Task task() {
    return task;
  }

  /** Of the loop or handler around it, through which it belongs to an iteration; 0 elsewhere. */
  public int iteration() {
    return iteration;
  }

  /** What came in. */
  public JsonNode rawInput() {
    return rawInput;
  }

  /** What came in, transformed. */
  public JsonNode input() {
    return input;
  }

  /** What it has in hand. */
  public JsonNode data() {
    return switch (progress) {
      case Progress.Branches branches -> joined(branches.count(), branches::output);
      case Progress.Parallel loop -> joined(loop.count(), loop::output);
      case Progress.Plain _,
          Progress.Loop _,
          Progress.Attempts _,
          Progress.Extending _,
          Progress.Waiting _,
          Progress.Child _,
          Progress.Consuming _,
          Progress.Listening _ ->
          data;
    };
  }

  /** Whether it is an iteration of a parallel loop, which holds the tasks of the body. */
  public boolean isIteration() {
    return parent != null && parent.progress instanceof Progress.Parallel;
  }

  /**
   * The raw input of a task that starts inside it now.
   *
   * @param iteration the one that the task belongs to
   */
  public JsonNode inputForChild(int iteration) {
    if (undoing != null) {
      return remembered.getLast().output();
    }
    return switch (progress) {
      case Progress.Branches _, Progress.Parallel _ -> input;
      case Progress.Extending extending when extending.stage != iteration ->
          inputForStage(extending, iteration);
      case Progress.Plain _,
          Progress.Loop _,
          Progress.Attempts _,
          Progress.Extending _,
          Progress.Waiting _,
          Progress.Child _,
          Progress.Consuming _,
          Progress.Listening _ ->
          data;
    };
  }

  /** Before the task and for it that is its input, after it what counts as its output. */
  private JsonNode inputForStage(Progress.Extending extending, int stage) {
    if (isLeft()) {
      return data;
    }
    boolean after = task instanceof Task.Extended extended && stage > extended.taskStage();
    return after && extending.result != null ? extending.result : input;
  }

  /**
   * Whether a task of an extension, which was the last one inside, leaves the task that is extended
   * and puts its own output in the place of that one's.
   */
  public boolean isLeft() {
    return progress instanceof Progress.Extending extending
        && task instanceof Task.Extended extended
        && extending.stage != extended.taskStage()
        && directive() instanceof FlowDirective.Exit;
  }

  /** Where to go on after {@link #lastChild}; null when there is none. */
  public @Nullable FlowDirective directive() {
    return next != null || lastChild == null ? next : lastChild.header().then();
  }

  /**
   * The task that an extension is around in which the task at {@code reference} stands, which is
   * inside this run; null when it is in no extension. A function that an extension calls knows
   * nothing of that task.
   */
  public @Nullable TaskRun extendedFor(String reference) {
    String inner = reference;
    for (TaskRun run = this; run != null; run = run.parent()) {
      if (run.task instanceof Task.CallFunction) {
        return null;
      }
      if (run.isExtensionTask(inner)) {
        return run;
      }
      inner = run.reference();
    }
    return null;
  }

  /**
   * Whether this is, or is inside of, what an extension runs, functions that it calls and what
   * undoes its tasks included.
   */
  public boolean isInExtension() {
    for (TaskRun run = this; run.parent != null; run = run.parent) {
      boolean undoes = run.parent.undoing != null && run.reference().startsWith(EXTENSIONS);
      if (undoes || run.parent.isExtensionTask(run.reference())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a task directly inside is one of an extension. */
  public boolean isExtensionTask(String reference) {
    return task instanceof Task.Extended && !reference().equals(reference);
  }

  /** The JSON pointer of what it runs. */
  public String reference() {
    return task.header().reference();
  }

  /**
   * Where it stands: what it and the runs around it run, and in which iterations; before moves to
   * other definitions. A run that begins there later is the same work anew, or once more.
   */
  String place() {
    StringBuilder place = new StringBuilder();
    for (TaskRun run = this; run != null; run = run.parent()) {
      place.append(run.origin).append('#').append(run.iteration()).append(' ');
    }
    return place.toString();
  }

  void joins(Runs runs) {
    among = runs;
    runs.count(this, 1);
  }

  void leaves(Runs runs) {
    runs.count(this, -1);
    among = null;
  }

  void become(Status next) {
    count(-1);
    status = next;
    count(1);
  }

  /** Null if it is on no node any more. */
  void goesTo(@Nullable String next) {
    count(-1);
    node = next;
    count(1);
  }

  private void count(int by) {
    if (among != null) {
      among.count(this, by);
    }
  }

  /** Its status. */
  public Status status() {
    return status;
  }

  /** The number of the present attempt; 0 before the first. */
  public int attempt() {
    return attempt;
  }

  /** The node that runs it; null when none does. */
  public @Nullable String node() {
    return node;
  }

  /** The only node that it may go to, because it may have run there before; null for any. */
  public @Nullable String boundTo() {
    return boundTo;
  }

  /**
   * Since when it waits for a node, while it does: since it was created, came back from a node, or
   * its execution was resumed.
   */
  public Instant pendingSince() {
    return pendingSince;
  }

  /** The epoch under which {@link #node} has it. */
  public long epoch() {
    return epoch;
  }

  /**
   * A key for whatever must not happen twice: the same for every attempt of a task on nodes, and,
   * inside a {@code try}, for every retry of it; different when the flow comes to the task once
   * more, or comes to it again after it was undone.
   */
  public String idempotencyKey(String execution) {
    if (retriedScope == null) {
      return execution + "/" + id;
    }
    StringBuilder key =
        new StringBuilder(execution).append('/').append(retriedScope.id()).append(origin);
    for (TaskRun run = this; run != null && run != retriedScope; run = run.parent()) {
      key.append('/').append(run.iteration());
      if (run != this && run.task() instanceof Task.Try && run.visit > 1) {
        // It counts what comes again inside of it from 1.
        key.append('x').append(run.visit);
      }
      if (run.task instanceof Task.CallFunction || run.task instanceof Task.Extended) {
        // Several tasks may call one function, or have one extension, whose own tasks then have
        // the same references.
        key.append(run.origin);
      }
    }
    if (undone > 0) {
      key.append("/undone").append(undone);
    }
    return key.append('/').append(visit).toString();
  }

  /**
   * When the first timeout or deadline around it ends it, {@code outermost} included; null for
   * never.
   */
  public @Nullable Instant nearestDeadline(@Nullable Instant outermost) {
    return nearest(outermost, run -> run.deadline);
  }

  /** The first deadline around it, {@code outermost} included; null for none. */
  public @Nullable Instant nearestNotAfter(@Nullable Instant outermost) {
    return nearest(outermost, run -> run.notAfter);
  }

  private @Nullable Instant nearest(
      @Nullable Instant outermost, Function<TaskRun, @Nullable Instant> end) {
    Instant nearest = outermost;
    for (TaskRun run = this; run != null; run = run.parent()) {
      Instant own = end.apply(run);
      if (own != null && (nearest == null || own.isBefore(nearest))) {
        nearest = own;
      }
    }
    return nearest;
  }

  /** When it was created. */
  public Instant createdAt() {
    return createdAt;
  }

  /** When the present attempt started; null before. */
  public @Nullable Instant startedAt() {
    return startedAt;
  }

  /** When its timeout or deadline ends it; null for never. */
  public @Nullable Instant deadline() {
    return deadline;
  }

  /** Its deadline: a moment that no retry moves. Null when it has none. */
  public @Nullable Instant notAfter() {
    return notAfter;
  }

  /**
   * What {@code metadata.capstan} says in expressions, evaluated; null before that, and where it
   * has none.
   */
  public @Nullable JsonNode settled() {
    return settled;
  }

  /** What its node fetches before the task itself can begin; null when it does not. */
  public @Nullable SchemaFetch fetching() {
    return fetching;
  }

  /** Whether its raw input has to be checked before it begins: the schema was not known before. */
  public boolean isUnchecked() {
    return unchecked;
  }

  /** Why it can't begin, unless its input is worse; null for none. */
  public @Nullable WorkflowError doubt() {
    return doubt;
  }

  /** The error that ended it; null unless it faulted. */
  public @Nullable WorkflowError error() {
    return error;
  }

  /**
   * The task inside it that ended last, while the step after that has not been made; null
   * otherwise.
   */
  public @Nullable Task lastChild() {
    return lastChild;
  }

  /** Where to go on after {@link #lastChild}; null as its definition says. */
  public @Nullable FlowDirective next() {
    return next;
  }

  /** How far it has come. */
  public Progress progress() {
    return progress;
  }

  /**
   * The error because of which what has completed inside is being undone; null while nothing is.
   * Then the runs directly inside are compensations.
   */
  public @Nullable WorkflowError undoing() {
    return undoing;
  }

  /** What has completed inside of it and would have to be undone; the last one last. */
  public List<Undoable> remembered() {
    return Collections.unmodifiableList(remembered);
  }

  /** What is to be undone next inside, or is being undone; null when there is nothing. */
  public @Nullable Undoable nextToUndo() {
    return remembered.isEmpty() ? null : remembered.getLast();
  }

  /** Whether this is, or is inside of, a compensation. */
  public boolean isInCompensation() {
    for (TaskRun up = parent; up != null; up = up.parent) {
      if (up.undoing != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * What the task at {@code reference}, which is inside this run, helps to undo; null for nothing.
   * Functions know nothing of it, and extensions of such a task know that task instead.
   */
  public @Nullable Undoable undoneFor(String reference) {
    String inner = reference;
    for (TaskRun run = this; run.parent != null; run = run.parent) {
      if (run.task instanceof Task.CallFunction || run.isExtensionTask(inner)) {
        return null;
      }
      if (run.parent.undoing != null) {
        return run.parent.nextToUndo();
      }
      inner = run.reference();
    }
    return null;
  }

  private static JsonNode joined(int count, IntFunction<@Nullable JsonNode> each) {
    List<JsonNode> outputs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      JsonNode output = each.apply(i);
      outputs.add(output == null ? NullNode.getInstance() : output);
    }
    return new ArrayNode(JsonNodeFactory.instance, outputs);
  }
}
