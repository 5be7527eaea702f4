package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Template;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A workflow definition, validated and compiled. Immutable; executions are pinned to it by {@link
 * #hash}.
 */
public final class Definition {
  private final Document document;
  private final Input input;
  private final Output output;
  private final Use use;
  private final @Nullable Timeout timeout;
  private final @Nullable Template deadline;
  private final @Nullable Schedule schedule;
  private final TaskList tasks;
  private final Map<String, Expression> queries;
  private final JsonNode source;
  private final String hash;
  private final Map<String, Task> tasksByReference = new LinkedHashMap<>();

  /**
   * Collects the tasks of all levels by their reference; everything is handed in already compiled.
   */
  public Definition(
      Document document,
      Input input,
      Output output,
      Use use,
      @Nullable Timeout timeout,
      @Nullable Template deadline,
      @Nullable Schedule schedule,
      TaskList tasks,
      Map<String, Expression> queries,
      JsonNode source,
      String hash) {
    this.document = document;
    this.input = input;
    this.output = output;
    this.use = use;
    this.timeout = timeout;
    this.deadline = deadline;
    this.schedule = schedule;
    this.tasks = tasks;
    this.queries = Collections.unmodifiableMap(new LinkedHashMap<>(queries));
    this.source = source;
    this.hash = hash;
    tasks.indexInto(tasksByReference);
    use.functions().values().forEach(function -> function.indexInto(tasksByReference));
    use.extensions().forEach(extension -> extension.indexInto(tasksByReference));
  }

  /** Name, namespace, version and DSL version. */
  public Document document() {
    return document;
  }

  /** How the raw input of an execution becomes its input. */
  public Input input() {
    return input;
  }

  /** How the last task's output becomes the output of an execution. */
  public Output output() {
    return output;
  }

  /** Reusable parts. */
  public Use use() {
    return use;
  }

  /** The longest an execution may take; null is without end. */
  public @Nullable Timeout timeout() {
    return timeout;
  }

  /**
   * The moment at which an execution times out, as a text of RFC 3339 or null; null without one.
   * The engine's own ({@code document.metadata.capstan.deadline}).
   */
  public @Nullable Template deadline() {
    return deadline;
  }

  /** When executions start by themselves; null is never. */
  public @Nullable Schedule schedule() {
    return schedule;
  }

  /** The tasks of the top level. */
  public TaskList tasks() {
    return tasks;
  }

  /** What may be asked of an execution: expressions on its context, by name. */
  public Map<String, Expression> queries() {
    return queries;
  }

  /** The definition as JSON, as {@code $workflow.definition} shows it. */
  public JsonNode source() {
    return source;
  }

  /** SHA-256 of the canonical JSON, in lower-case hexadecimal. */
  public String hash() {
    return hash;
  }

  /** The task at a JSON pointer; null if there is none. */
  public @Nullable Task find(String reference) {
    return tasksByReference.get(reference);
  }

  /**
   * The task at a JSON pointer such as {@code /do/0/greet}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Task task(String reference) {
    Task task = tasksByReference.get(reference);
    if (task == null) {
      throw new IllegalArgumentException(
          "no task at " + reference + " in " + document.qualifiedName());
    }
    return task;
  }
}
