package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The state of one execution: the fold of its history over the definitions that it names. Deciders
 * read it; only {@link Fold}, which takes one event after the other, changes it. Owned by one
 * thread at a time.
 */
public final class Execution {
  private final String id;
  final DefinitionSource source;
  private @Nullable Definition definition;

  /** Where tasks stood before moves to other definitions, by where they stand now. */
  private Map<String, String> origins = new TreeMap<>();

  final Runs runs;
  private final Map<String, TaskList> fetched = new TreeMap<>();
  private final Map<String, Task> fetchedTasks = new TreeMap<>();
  private final Schemas schemas = new Schemas();
  final Map<String, Addressed> addressed = new TreeMap<>();
  final List<FailedCompensation> failedCompensations = new ArrayList<>(0);
  int remembered;
  boolean compensated;
  Status status = Status.PENDING;
  boolean suspended;
  long eventCount;
  long lastRun;
  @Nullable WorkflowReference workflow;
  @Nullable ParentReference parent;
  @Nullable Predecessor predecessor;
  @Nullable String continuedAs;
  Map<String, String> labels = Map.of();
  String startedBy = "";
  JsonNode rawInput = NullNode.getInstance();
  JsonNode input = NullNode.getInstance();
  JsonNode context = JsonNodeFactory.instance.objectNode();
  @Nullable Instant startedAt;
  @Nullable Instant endedAt;
  @Nullable Instant deadline;
  @Nullable Instant notAfter;
  @Nullable JsonNode output;
  @Nullable WorkflowError error;

  private Execution(
      String id, @Nullable Definition definition, DefinitionSource source, Runs runs) {
    this.runs = runs;
    this.id = id;
    this.definition = definition;
    this.source = source;
  }

  /** An execution that has no history yet, and never leaves its definition. */
  public static Execution blank(String id, Definition definition) {
    return blank(id, definition, DefinitionSource.only(definition));
  }

  /**
   * An execution that has no history yet.
   *
   * @param source has the definitions that it may be moved to
   */
  public static Execution blank(String id, Definition definition, DefinitionSource source) {
    return blank(id, definition, source, new Runs(TreeMap::new));
  }

  /** An execution that takes its definition from the first event of its history. */
  public static Execution blank(String id, DefinitionSource source) {
    return blank(id, null, source, new Runs(TreeMap::new));
  }

  static Execution blank(
      String id, @Nullable Definition definition, DefinitionSource source, Runs runs) {
    return new Execution(id, definition, source, runs);
  }

  /** The execution after {@code history}, which starts with its first event. */
  public static Execution replay(String id, DefinitionSource source, List<Event.Recorded> history) {
    Execution execution = blank(id, source);
    for (Event.Recorded recorded : history) {
      for (Event event : recorded.events()) {
        Fold.apply(execution, event, recorded.time());
      }
    }
    return execution;
  }

  /** Its id. */
  public String id() {
    return id;
  }

  /**
   * What it runs.
   *
   * @throws IllegalStateException if that is not known yet, because it has no history
   */
  public Definition definition() {
    Definition present = definition;
    if (present == null) {
      throw new IllegalStateException("execution " + id + " has no history");
    }
    return present;
  }

  /** Takes the definition that its first event names, unless it was made with one. */
  void begin(String hash) {
    if (definition == null) {
      definition = source.byHash(hash);
    }
  }

  void turnTo(Definition other, Map<String, String> whereTasksStood) {
    definition = other;
    origins = new TreeMap<>(whereTasksStood);
  }

  Map<String, String> origins() {
    return origins;
  }

  /** Where a task stood when the execution came to know it. */
  String origin(String reference) {
    return origins.getOrDefault(reference, reference);
  }

  /**
   * A function by the name that calls give it, as a list of one task: one that the definition
   * declares, or one that was fetched. Null while it has not been fetched. From then on the
   * execution keeps to what it was then, whatever becomes of it where it is kept.
   */
  public @Nullable TaskList function(String name) {
    TaskList declared = definition().use().functions().get(name);
    return declared != null ? declared : fetched.get(name);
  }

  /** The functions that it has fetched, by name. */
  public Map<String, TaskList> fetchedFunctions() {
    return Collections.unmodifiableMap(fetched);
  }

  /**
   * The task at a JSON pointer in the definition, or in a function that was fetched: there as if
   * the function stood under {@code use.functions}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Task task(String reference) {
    Task own = definition().find(reference);
    Task task = own != null ? own : fetchedTasks.get(reference);
    return task != null ? task : definition().task(reference);
  }

  /** The schemas that it has fetched. */
  public Schemas schemas() {
    return schemas;
  }

  /** A schema that a task which has not begun waits for; null for none. */
  public @Nullable ExternalSchema missingSchema(TaskRun run) {
    return schemas.missing(run, definition());
  }

  void keep(String name, TaskList function) {
    fetched.put(name, function);
    function.indexInto(fetchedTasks);
  }

  /** Whether it has a history at all. */
  public boolean exists() {
    return eventCount > 0;
  }

  /**
   * What became of a cloud event that was made for one of its tasks; null if none took it. Known as
   * long as the execution is, so that one that comes again is not taken twice.
   *
   * @param id of the cloud event
   */
  public @Nullable Addressed addressed(String id) {
    return addressed.get(id);
  }

  /** The last that was sent to a run alone; null if none was. */
  public @Nullable Addressed addressedTo(long run) {
    return addressed.values().stream()
        .filter(each -> each.task() == run)
        .max(Comparator.comparingLong(Addressed::index))
        .orElse(null);
  }

  /** The number of events so far; the index of the next one. */
  public long eventCount() {
    return eventCount;
  }

  /** The id for the next run of a task. */
  public long nextRun() {
    return lastRun + 1;
  }

  /** Its status; a suspended one is {@link Status#SUSPENDED} whatever its tasks do. */
  public Status status() {
    if (suspended && !status.hasEnded()) {
      return Status.SUSPENDED;
    }
    return status == Status.RUNNING && runs.onlyWait() ? Status.WAITING : status;
  }

  /** Whether somebody has suspended it. */
  public boolean isSuspended() {
    return suspended;
  }

  /** The definition by name. */
  public @Nullable WorkflowReference workflow() {
    return workflow;
  }

  /** The task that started it; null when a client did. */
  public @Nullable ParentReference parent() {
    return parent;
  }

  /** The execution that goes on as this one; null for none. */
  public @Nullable Predecessor predecessor() {
    return predecessor;
  }

  /** The execution that this one, which is completed, goes on as; null for none. */
  public @Nullable String continuedAs() {
    return continuedAs;
  }

  /** Labels by name. */
  public Map<String, String> labels() {
    return labels;
  }

  /** The principal that started it. */
  public String startedBy() {
    return startedBy;
  }

  /** What came in. */
  public JsonNode rawInput() {
    return rawInput;
  }

  /** What came in, transformed. */
  public JsonNode input() {
    return input;
  }

  /** The value of {@code $context}. */
  public JsonNode context() {
    return context;
  }

  /** When it started; null before its first event. */
  public @Nullable Instant startedAt() {
    return startedAt;
  }

  /** When it ended; null while it has not. */
  public @Nullable Instant endedAt() {
    return endedAt;
  }

  /** When its timeout or deadline ends it; null for never. */
  public @Nullable Instant deadline() {
    return deadline;
  }

  /** Its deadline: a moment that no retry moves. Null when it has none. */
  public @Nullable Instant notAfter() {
    return notAfter;
  }

  /** The deadline that what runs now has to keep: none while it undoes what is left at its end. */
  public @Nullable Instant lastMoment() {
    return root().undoing() == null ? notAfter : null;
  }

  /** Its output; null unless it completed. */
  public @Nullable JsonNode output() {
    return output;
  }

  /** The error that ended it; null unless it faulted. */
  public @Nullable WorkflowError error() {
    return error;
  }

  /** How many completed tasks would have to be undone. */
  public int remembered() {
    return remembered;
  }

  /** Whether it has undone, or has begun to undo, what was left of it when it faulted. */
  public boolean hasCompensated() {
    return compensated;
  }

  /** The tasks that could not be undone, in that order. */
  public List<FailedCompensation> failedCompensations() {
    return Collections.unmodifiableList(failedCompensations);
  }

  /**
   * The runs of tasks that are alive, and after a fault those that faulted, in the order of
   * creation; the first is the root.
   */
  public Collection<TaskRun> runs() {
    return runs.all();
  }

  /** Those of {@link #runs} that are directly inside of one, in the order of creation. */
  public Collection<TaskRun> runsIn(TaskRun scope) {
    return runs.in(scope);
  }

  /**
   * Those of {@link #runs} that are inside of one, however deep, the innermost first: a run is
   * always younger than the one around it. A copy.
   */
  public List<TaskRun> runsBelow(TaskRun scope) {
    return runs.below(scope);
  }

  /** A run by id; null when it has ended or never was. */
  public @Nullable TaskRun run(long run) {
    return runs.get(run);
  }

  /** The run of the execution's own list of tasks. */
  public TaskRun root() {
    TaskRun root = runs.get(0);
    if (root == null) {
      throw new IllegalStateException("execution " + id + " has no history");
    }
    return root;
  }
}
