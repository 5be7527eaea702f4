package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.model.TaskKind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks lists of tasks, and each task by its kind. */
final class TaskCheck {
  private static final int MOST_TASKS = 10_000;
  private static final int DEEPEST = 100;
  private static final List<String> DIRECTIVES = List.of("continue", "exit", "end");
  private static final List<String> KINDS =
      Stream.of(TaskKind.values()).map(TaskKind::key).toList();

  private final Findings findings;
  private final Checker checker;
  private final ObjectCheck objects;
  private final FunctionCheck functions;
  private final InteractionCheck interactions;
  private final CodeCheck codes;
  private final Recursion recursion = new Recursion();
  private @Nullable String function;
  private int tasks;

  TaskCheck(Findings findings, Checker checker, FunctionCheck functions, CodeCheck codes) {
    this.findings = findings;
    this.checker = checker;
    this.functions = functions;
    this.objects = new ObjectCheck(findings, checker);
    this.codes = codes;
    this.interactions = new InteractionCheck(findings);
  }

  void list(Shape.TaskList shape, JsonNode value, Path path, Context context) {
    String noun = shape.branches() ? "a list of named branches" : "a list of named tasks";
    if (!checker.is(value.isArray(), value, path, noun) || isTooMuch(value.size(), path, context)) {
      return;
    }
    Context inner = context.inList(names(value), shape.branches());
    Set<String> seen = new LinkedHashSet<>();
    for (int i = 0; i < value.size(); i++) {
      Path itemPath = path.child(i);
      if (objects.isSingle(value.get(i), itemPath, "task")) {
        Map.Entry<String, JsonNode> item = value.get(i).properties().iterator().next();
        Path taskPath = itemPath.child(item.getKey());
        name(item.getKey(), seen, taskPath);
        task(item.getKey(), item.getValue(), taskPath, inner);
      }
    }
  }

  /** A function under {@code use}: a task outside of any list. */
  void function(JsonNode value, Path path, Context context) {
    functions.declaration(path.step(), path);
    function = path.step();
    if (!isTooMuch(1, path, context)) {
      task(path.step(), value, path, context.inFunction());
    }
    function = null;
  }

  /** A function that is a document of its own. */
  void document(JsonNode value, Path path) {
    task("function", value, path, Context.WORKFLOW.inFunction());
  }

  /** Says of functions that call themselves, once all are checked. */
  void recursion() {
    recursion.check(findings);
  }

  private boolean isTooMuch(int more, Path path, Context context) {
    boolean countedOver = tasks <= MOST_TASKS;
    tasks += more;
    if (tasks > MOST_TASKS) {
      if (countedOver) {
        findings.error(
            DiagnosticCode.TOO_MANY_TASKS,
            new Place.Key(path),
            "the definition has more than " + MOST_TASKS + " tasks",
            "loop with \"for\", or move parts to workflows of their own");
      }
      return true;
    }
    if (context.depth() >= DEEPEST) {
      findings.error(
          DiagnosticCode.TASKS_TOO_DEEP,
          new Place.Key(path),
          "tasks are nested more than " + DEEPEST + " levels deep",
          "move inner tasks to a workflow of their own, and call it with run.workflow");
      return true;
    }
    return false;
  }

  private static List<String> names(JsonNode list) {
    List<String> names = new ArrayList<>(list.size());
    for (JsonNode item : list) {
      item.fieldNames().forEachRemaining(names::add);
    }
    return names;
  }

  private void name(String name, Set<String> seen, Path path) {
    if (!seen.add(name)) {
      findings.error(
          DiagnosticCode.DUPLICATE_TASK_NAME,
          new Place.Key(path),
          "two tasks of this list are called \"" + Words.shortened(name) + "\"",
          "fix: give each task of a list a name of its own");
    }
    if (DIRECTIVES.contains(name)) {
      findings.error(
          DiagnosticCode.RESERVED_TASK_NAME,
          new Place.Key(path),
          "a task can't be called \"" + name + "\": that is a flow directive",
          Words.names("reserved", DIRECTIVES));
    }
  }

  private void task(String name, JsonNode task, Path path, Context context) {
    if (!checker.is(task.isObject(), task, path, "an object that says what the task does")) {
      return;
    }
    List<String> kinds = KINDS.stream().filter(task::has).toList();
    boolean isLoop = kinds.equals(List.of("for", "do"));
    if (kinds.size() > 1 && !isLoop) {
      findings.error(
          DiagnosticCode.TASK_OF_SEVERAL_KINDS,
          new Place.Key(path.child(kinds.get(1))),
          "the task \""
              + Words.shortened(name)
              + "\" is of several kinds: "
              + String.join(", ", kinds),
          "fix: make each a task of its own");
      return;
    }
    TaskKind kind = TaskKind.of(task);
    // A loop with a misspelled "for" would pass as a plain "do".
    boolean unclear = kind == null || kind == TaskKind.DO;
    if (unclear && saysMisspelledKind(task, path)) {
      return;
    }
    if (kind == null) {
      findings.error(
          DiagnosticCode.TASK_WITHOUT_KIND,
          new Place.Key(path),
          "the task \"" + Words.shortened(name) + "\" does not say what it does",
          Words.names("kinds of tasks", KINDS));
      return;
    }
    objects.check(TaskGrammar.of(kind, task), task, path, context);
    interactions.check(kind, task, path);
    EngineCheck.check(findings, task, path);
    codes.check(task, path);
    switch (kind) {
      case CALL -> call(task, path);
      case EMIT -> emit(task, path);
      case FOR -> loop(task, path);
      case SWITCH -> switchTask(task, path);
      case DO, FORK, LISTEN, RAISE, RUN, SET, TRY, WAIT -> {}
    }
  }

  /** Says so if a property that tasks do not have is nearly the name of a kind. */
  private boolean saysMisspelledKind(JsonNode task, Path path) {
    List<String> absent = KINDS.stream().filter(kind -> !task.has(kind)).toList();
    for (Map.Entry<String, JsonNode> property : task.properties()) {
      String nearest = NearestName.among(absent, property.getKey());
      boolean known =
          TaskGrammar.BASE.fields().containsKey(property.getKey())
              || KINDS.contains(property.getKey());
      if (nearest != null && !known) {
        findings.error(
            DiagnosticCode.UNKNOWN_PROPERTY,
            new Place.Key(path.child(property.getKey())),
            "unknown property \"" + Words.shortened(property.getKey()) + "\" in a task",
            Words.names("kinds of tasks", KINDS) + "\nfix: did you mean \"" + nearest + "\"?");
        return true;
      }
    }
    return false;
  }

  private void call(JsonNode task, Path path) {
    String called = task.path("call").asText();
    if (function != null) {
      recursion.called(function, called, path.child("call"));
    }
  }

  private void emit(JsonNode task, Path path) {
    JsonNode event = task.path("emit").path("event");
    if (event.isObject() && !event.has("with")) {
      findings.error(
          DiagnosticCode.EVENT_WITHOUT_TYPE,
          new Place.Key(path.child("emit").child("event")),
          "the event has no type",
          "fix: put \"with:\" and below it \"type:\" into the event");
    }
  }

  private void loop(JsonNode task, Path path) {
    if (task.has("while") && task.path("metadata").path("capstan").has("parallel")) {
      findings.error(
          DiagnosticCode.EXCLUSIVE_PROPERTIES,
          new Place.Key(path.child("metadata").child("capstan").child("parallel")),
          "\"while\" and metadata.capstan.parallel exclude each other",
          "fix: iterations at the same time have no order in which to stop; choose the items in for.in");
    }
  }

  private void switchTask(JsonNode task, Path path) {
    int defaults = 0;
    JsonNode cases = task.path("switch");
    for (int i = 0; i < cases.size(); i++) {
      for (Map.Entry<String, JsonNode> item : cases.get(i).properties()) {
        boolean isDefault = item.getValue().isObject() && !item.getValue().has("when");
        if (isDefault && ++defaults > 1) {
          findings.error(
              DiagnosticCode.SEVERAL_DEFAULTS,
              new Place.Key(path.child("switch").child(i).child(item.getKey())),
              "a second case without \"when\": only one can be the default",
              "fix: give it a \"when\", or remove it");
        }
      }
    }
  }
}
