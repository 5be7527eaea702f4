package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.model.Definition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One case of the language: a workflow, what the outside world does, and what must come out. The
 * files under {@code cases} are lists of them; {@code name} says the rule, {@code section} where
 * the specification says it.
 */
record Case(JsonNode json) {
  private static final String DOCUMENT =
      "document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}\n";

  /** From the repository, whichever of its modules runs them. */
  private static final Path FOLDER = Path.of("../testkit/src/test/resources/cases");

  /** All cases by file. */
  static Map<String, List<Case>> files() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      Map<String, List<Case>> cases = new TreeMap<>();
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        JsonNode list = Yaml.read(Files.readString(file));
        cases.put(String.valueOf(file.getFileName()), list.valueStream().map(Case::new).toList());
      }
      return cases;
    } catch (IOException e) {
      throw new IllegalStateException("the cases can't be read", e);
    }
  }

  /** All cases. */
  static Stream<Case> all() {
    return files().values().stream().flatMap(List::stream);
  }

  String name() {
    return json.path("name").asText();
  }

  String section() {
    return json.path("section").asText();
  }

  JsonNode expected() {
    return json.path("expect");
  }

  /** Whether the definition itself must be refused, so that nothing runs. */
  boolean isRefused() {
    return expected().has("refused");
  }

  /** What is said against the definition, with line and code, such as {@code 3 CAP-1204}. */
  List<String> refusal() {
    String workflow = json.path("workflow").asText();
    boolean complete = workflow.startsWith("document:") || workflow.contains("\ndocument:");
    String text = complete ? workflow : workflow + DOCUMENT;
    return switch (new DefinitionLoader().load(text, "workflow.yaml")) {
      case LoadResult.Loaded _ -> List.of();
      case LoadResult.Rejected rejected ->
          rejected.diagnostics().stream()
              .filter(Diagnostic::isError)
              .map(diagnostic -> diagnostic.line() + " " + diagnostic.code())
              .toList();
    };
  }

  /** Runs the case to where it ends. */
  Result run(int stepsPerDecision) {
    InMemoryEngine engine = new InMemoryEngine(stepsPerDecision);
    json.path("secrets")
        .properties()
        .forEach(secret -> engine.secret(secret.getKey(), secret.getValue()));
    Script script = new Script(json.path("work"));
    for (String kind :
        List.of(
            "call:http",
            "call:asyncapi",
            "call:openapi",
            "call:grpc",
            "call:a2a",
            "call:mcp",
            "call:mcp:stdio",
            "run:shell",
            "run:container",
            "run:script:js",
            "run:script:python")) {
      engine.on(kind, script);
    }
    json.path("functions").forEach(function -> engine.on("function:" + function.asText(), script));
    json.path("others").forEach(other -> engine.deploy(complete(other.asText())));
    Instant start = engine.now();
    Definition definition = engine.deploy(complete(json.path("workflow").asText()));
    JsonNode input = json.has("input") ? json.get("input") : JsonNodeFactory.instance.objectNode();
    Instant deadline =
        json.has("due") ? start.plus(Duration.parse(json.get("due").asText())) : null;
    engine.start("test", definition, input, deadline);
    for (JsonNode step : json.path("then")) {
      take(engine, step);
    }
    Execution execution = engine.runToEnd("test");
    while (execution.continuedAs() != null) {
      execution = engine.runToEnd(execution.continuedAs());
    }
    return new Result(engine, execution, Duration.between(start, engine.now()));
  }

  private static String complete(String workflow) {
    return workflow.startsWith("document:") ? workflow : DOCUMENT + workflow;
  }

  private static void take(InMemoryEngine engine, JsonNode step) {
    if (step.has("publish")) {
      engine.publish(new CloudEvent(step.get("publish")));
    } else if (step.has("pass")) {
      engine.runFor(Duration.parse(step.get("pass").asText()));
    } else if (step.has("restart")) {
      engine.restart();
    } else if (step.has("tell")) {
      JsonNode tell = step.get("tell");
      require(
          engine.command(
              "test",
              new Command.Tell(
                  tell.path("task").asLong(),
                  tell.path("id").asText("1"),
                  tell.path("data"),
                  tell.path("by").asText("somebody"))),
          tell);
    } else if (step.has("assign")) {
      JsonNode assign = step.get("assign");
      require(
          engine.command(
              "test",
              new Command.AssignHumanTask(
                  assign.path("task").asLong(), assign.path("to").textValue(), "somebody")),
          assign);
    } else if (step.has("expect")) {
      assertThat(engine.execution(engine.lastOf("test")).status().word())
          .isEqualTo(step.get("expect").asText());
    } else if (step.has("secret")) {
      engine.secret(step.get("secret").asText(), step.get("value"));
    } else if (step.has("refused")) {
      assertThat(engine.command(engine.lastOf("test"), command(step.get("refused").asText())))
          .isInstanceOf(Decision.Rejected.class);
    } else {
      assertThat(engine.command(engine.lastOf("test"), command(step.path("command").asText())))
          .isInstanceOf(Decision.Accepted.class);
    }
  }

  /** That a command was taken, or refused for the reason that the step names. */
  private static void require(Decision decision, JsonNode step) {
    String reason =
        decision instanceof Decision.Rejected rejected ? rejected.reason().name() : null;
    assertThat(reason).isEqualTo(step.path("refused").textValue());
  }

  private static Command command(String word) {
    return switch (word) {
      case "cancel" -> new Command.Cancel("somebody", null);
      case "suspend" -> new Command.Suspend("somebody", null);
      case "resume" -> new Command.Resume("somebody");
      case "retry" -> new Command.Retry("somebody");
      default -> throw new IllegalArgumentException("unknown command " + word);
    };
  }

  /** What came out, in the words of a case. */
  record Result(InMemoryEngine engine, Execution execution, Duration elapsed) {

    List<Event> events() {
      return engine.history(execution.id()).stream()
          .flatMap(recorded -> recorded.events().stream())
          .toList();
    }

    /** Names of tasks in the order in which they ended well. */
    List<String> completed() {
      Map<Long, String> names = new LinkedHashMap<>();
      List<String> completed = new ArrayList<>();
      for (Event event : events()) {
        if (event instanceof Event.TaskCreated created) {
          names.put(created.task(), execution.task(created.reference()).name());
        } else if (event instanceof Event.TaskCompleted ended) {
          completed.add(String.valueOf(names.get(ended.task())));
        }
      }
      return completed;
    }

    /** How many executions it took, the first included. */
    int chain() {
      int length = 1;
      Execution each = engine.execution("test");
      while (each.continuedAs() != null) {
        each = engine.execution(each.continuedAs());
        length++;
      }
      return length;
    }

    @Nullable WorkflowError error() {
      return execution.error();
    }
  }

  /** The answers of the outside world, by task: the last one goes on for ever. */
  private static final class Script implements Worker {
    private final JsonNode answers;
    private final Map<String, Integer> asked = new LinkedHashMap<>();

    Script(JsonNode answers) {
      this.answers = answers;
    }

    @Override
    public WorkResult run(WorkRequest request) {
      JsonNode own = answers.path(request.task());
      int turn = asked.merge(request.task(), 1, Integer::sum) - 1;
      JsonNode answer = own.isArray() ? own.path(Math.min(turn, own.size() - 1)) : own;
      WorkResult result = result(answer, request);
      return answer.has("after")
          ? new WorkResult.After(Duration.parse(answer.get("after").asText()), result)
          : result;
    }

    private static WorkResult result(JsonNode answer, WorkRequest request) {
      if (answer.isTextual()) {
        return answer.asText().equals("lost") ? new WorkResult.Lost() : new WorkResult.Hang();
      }
      if (answer.has("lost")) {
        return new WorkResult.Lost();
      }
      if (answer.has("error")) {
        JsonNode error = answer.get("error");
        return new WorkResult.Fault(
            new WorkflowError(
                error.path("type").asText(),
                error.path("status").asInt(),
                error.path("title").textValue(),
                error.path("detail").textValue(),
                null));
      }
      if (answer.has("document")) {
        byte[] document = answer.get("document").asText().getBytes(StandardCharsets.UTF_8);
        return new WorkResult.Output(
            TextNode.valueOf(Base64.getEncoder().encodeToString(document)));
      }
      if (answer.has("messages")) {
        JsonNode then = answer.path("then");
        WorkResult last = then.isMissingNode() ? new WorkResult.Hang() : result(then, request);
        return new WorkResult.Messages(
            answer.get("messages").valueStream().toList(),
            then.has("after")
                ? new WorkResult.After(Duration.parse(then.get("after").asText()), last)
                : last);
      }
      if (answer.has("output")) {
        return new WorkResult.Output(answer.get("output"));
      }
      return answer.isMissingNode()
          ? new WorkResult.Hang()
          : new WorkResult.Output(request.arguments());
    }
  }
}
