package dev.capstan.testkit.junit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.core.execution.Execution;
import dev.capstan.dsl.model.Definition;
import dev.capstan.testkit.InMemoryEngine;
import dev.capstan.testkit.WorkRequest;
import dev.capstan.testkit.WorkResult;
import dev.capstan.testkit.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An engine in memory for a test of a workflow, in virtual time. Tasks that run on nodes are
 * answered for by their names; one that nothing answers for fails the test. Not thread-safe.
 */
public final class WorkflowEngineFixture {
  private static final JsonMapper JSON = new JsonMapper();

  private final InMemoryEngine engine = new InMemoryEngine();
  private final Instant start = engine.now();
  private final Map<String, Worker> answers = new LinkedHashMap<>();
  private int executions;

  /** A new one; {@link WorkflowTest} makes those that tests take. */
  public WorkflowEngineFixture() {
    engine.onOthers(this::answer);
  }

  /**
   * Answers for a task with an output, each time that it runs.
   *
   * @param task its name, or its JSON pointer such as {@code /do/2/ship} where a name is not enough
   * @param output as JSON; for {@code call: http} the body
   */
  public WorkflowEngineFixture answer(String task, String output) {
    JsonNode value = json(output);
    return answer(task, request -> new WorkResult.Output(value));
  }

  /** Answers for a task with what the worker makes of it: outputs, errors, losses, delays. */
  public WorkflowEngineFixture answer(String task, Worker worker) {
    answers.put(task, worker);
    return this;
  }

  /** Makes a secret known, given as JSON. */
  public WorkflowEngineFixture secret(String name, String value) {
    engine.secret(name, json(value));
    return this;
  }

  /**
   * Makes a definition known, so that others may start it.
   *
   * @throws IllegalArgumentException with all diagnostics if it is invalid
   * @throws IOException if the file can't be read
   */
  public Definition deploy(Path file) throws IOException {
    return engine.deploy(Files.readString(file));
  }

  /**
   * Runs a workflow until it has ended, or only the outside world could move it.
   *
   * @param input as JSON
   * @throws IllegalArgumentException if the definition is invalid
   * @throws IOException if the file can't be read
   */
  public Execution run(Path file, String input) throws IOException {
    return engine.runToEnd(start(file, input).id());
  }

  /** The same, but stops at the first moment at which it has to wait. */
  public Execution start(Path file, String input) throws IOException {
    executions++;
    return engine.start("test-" + executions, deploy(file), json(input));
  }

  /** Lets time pass, with all that is due meanwhile. */
  public void advance(Duration time) {
    engine.runFor(time);
  }

  /** How much virtual time has passed since the test began. */
  public Duration elapsed() {
    return Duration.between(start, engine.now());
  }

  /** What went to nodes of a task, by its name or JSON pointer; each attempt by itself. */
  public List<WorkRequest> calls(String task) {
    return engine.dispatched().stream()
        .filter(each -> each.task().equals(task) || each.reference().equals(task))
        .toList();
  }

  /** The engine itself, for cloud events, histories, commands and losses of leaders. */
  public InMemoryEngine engine() {
    return engine;
  }

  private WorkResult answer(WorkRequest request) {
    Worker byReference = answers.get(request.reference());
    Worker worker = byReference == null ? answers.get(request.task()) : byReference;
    if (worker == null) {
      throw new AssertionError(
          "The task "
              + request.task()
              + " ("
              + request.reference()
              + ") runs on a node, as "
              + request.kind()
              + ", and nothing answers for it: engine.answer(\""
              + request.task()
              + "\", ...)");
    }
    return worker.run(request);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("This is no JSON: " + text, e);
    }
  }
}
