package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Task;
import dev.capstan.testkit.WorkResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the cases of a test file: what the workflow meets, and what is expected of it. */
final class CaseReader {
  private static final List<String> CASE =
      List.of("name", "input", "secrets", "tasks", "events", "expect");
  private static final List<String> OUTCOMES =
      List.of("output", "error", "messages", "lost", "hangs", "function", "schema");
  private static final List<String> ANSWER =
      List.of("output", "error", "messages", "lost", "hangs", "function", "schema", "takes");
  private static final List<String> MESSAGE = List.of("payload", "headers", "correlationId");
  private static final List<String> EVENT = List.of("with", "after");

  private final Findings findings;
  private final Workflows workflows;
  private final ErrorReader errors;
  private final ExpectationReader expectations;
  private final boolean mayHoldMore;
  private final Set<String> answerable = new TreeSet<>();
  private final Set<String> known = new TreeSet<>();

  CaseReader(Findings findings, Workflows workflows) {
    this.findings = findings;
    this.workflows = workflows;
    this.errors = new ErrorReader(findings);
    this.mayHoldMore = workflows.fetchFunctions();
    for (Task task : workflows.tasks()) {
      add(task, known);
      if (Workflows.needsNode(task)) {
        add(task, answerable);
      }
    }
    for (ExternalSchema schema : workflows.schemas()) {
      for (String name : List.of(schema.name(), schema.reference())) {
        known.add(name);
        answerable.add(name);
      }
    }
    this.expectations = new ExpectationReader(findings, errors, this::checkKnown);
  }

  private static void add(Task task, Set<String> names) {
    names.add(task.name());
    names.add(task.header().reference());
  }

  /** The case at a pointer; one with findings is not to be run. */
  TestCase read(JsonNode value, String pointer) {
    Section section = Section.of(findings, value, pointer, "a case", CASE);
    String name = section.requires("name", "a case") ? section.text("name") : null;
    boolean expects = section.requires("expect", "a case");
    JsonNode input = section.get("input");
    Map<String, JsonNode> secrets = new LinkedHashMap<>();
    section
        .free("secrets", "\"secrets\"")
        .value()
        .properties()
        .forEach(secret -> secrets.put(secret.getKey(), secret.getValue()));
    TestCase.World world =
        new TestCase.World(
            input == null ? JsonNodeFactory.instance.objectNode() : input,
            secrets,
            answers(section.free("tasks", "\"tasks\"")),
            events(section));
    Expectation expectation =
        expectations.read(
            expects ? value.get("expect") : JsonNodeFactory.instance.objectNode(),
            section.pointer("expect"));
    return new TestCase(
        name == null ? pointer : name, findings.line(pointer), workflows, world, expectation);
  }

  private Map<String, List<WorkResult>> answers(Section tasks) {
    Map<String, List<WorkResult>> answers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> task : tasks.value().properties()) {
      String pointer = tasks.pointer(task.getKey());
      checkAnswerable(task.getKey(), pointer);
      answers.put(task.getKey(), turns(task.getValue(), pointer));
    }
    return answers;
  }

  private List<WorkResult> turns(JsonNode value, String pointer) {
    if (!value.isArray()) {
      return List.of(answer(value, pointer));
    }
    if (value.isEmpty()) {
      findings.value(DiagnosticCode.TOO_FEW, pointer, "the list of answers is empty", null);
    }
    List<WorkResult> turns = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      turns.add(answer(value.get(i), pointer + "/" + i));
    }
    return turns;
  }

  private WorkResult answer(JsonNode value, String pointer) {
    Section section = Section.of(findings, value, pointer, "an answer", ANSWER);
    List<String> given = OUTCOMES.stream().filter(section.value()::has).toList();
    if (given.size() != 1) {
      findings.value(
          DiagnosticCode.NOT_EXACTLY_ONE,
          pointer,
          given.isEmpty()
              ? "an answer does not say what becomes of the task"
              : "an answer has " + String.join(" and ", given),
          "exactly one of " + String.join(", ", OUTCOMES));
      return new WorkResult.Hang();
    }
    WorkResult result = outcome(given.getFirst(), section);
    Duration takes = section.duration("takes");
    boolean endless =
        (result instanceof WorkResult.Hang && section.value().has("hangs"))
            || result instanceof WorkResult.Messages;
    if (takes != null && endless) {
      findings.key(
          DiagnosticCode.EXCLUSIVE_PROPERTIES,
          section.pointer("takes"),
          "what hangs or waits for messages takes no time, because it never ends",
          null);
    }
    return takes == null || endless || result instanceof WorkResult.Hang
        ? result
        : new WorkResult.After(takes, result);
  }

  private WorkResult outcome(String kind, Section section) {
    JsonNode value = section.value().path(kind);
    return switch (kind) {
      case "output" -> new WorkResult.Output(value);
      case "error" -> {
        WorkflowError error = errors.answer(value, section.pointer(kind));
        yield error == null ? new WorkResult.Hang() : new WorkResult.Fault(error);
      }
      case "function", "schema" -> {
        Section fetched = section.free(kind, "\"" + kind + "\"");
        byte[] document = fetched.value().toString().getBytes(StandardCharsets.UTF_8);
        yield new WorkResult.Output(TextNode.valueOf(Base64.getEncoder().encodeToString(document)));
      }
      case "messages" -> new WorkResult.Messages(messages(section));
      case "lost" -> {
        requireTrue(kind, value, section);
        yield new WorkResult.Lost();
      }
      default -> {
        requireTrue(kind, value, section);
        yield new WorkResult.Hang();
      }
    };
  }

  private List<JsonNode> messages(Section section) {
    List<JsonNode> list = section.list("messages");
    List<JsonNode> messages = new ArrayList<>();
    for (int i = 0; list != null && i < list.size(); i++) {
      String pointer = section.pointer("messages") + "/" + i;
      messages.add(Section.of(findings, list.get(i), pointer, "a message", MESSAGE).value());
    }
    return messages;
  }

  private void requireTrue(String key, JsonNode value, Section section) {
    if (!value.isBoolean() || !value.booleanValue()) {
      findings.value(
          DiagnosticCode.VALUE_NOT_ALLOWED,
          section.pointer(key),
          "\"" + key + "\" must be true",
          "leave it out otherwise");
    }
  }

  private List<TestCase.Arrival> events(Section section) {
    List<JsonNode> list = section.list("events");
    List<TestCase.Arrival> arrivals = new ArrayList<>();
    for (int i = 0; list != null && i < list.size(); i++) {
      String pointer = section.pointer("events") + "/" + i;
      Section event = Section.of(findings, list.get(i), pointer, "an event", EVENT);
      event.requires("with", "an event");
      Section attributes = event.free("with", "\"with\"");
      if (event.value().has("with") && attributes.requires("type", "an event")) {
        attributes.text("type");
      }
      arrivals.add(
          new TestCase.Arrival(complete(attributes.value(), i + 1), event.duration("after")));
    }
    return arrivals;
  }

  /** With the attributes that every event has. */
  private static JsonNode complete(JsonNode attributes, int number) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("specversion", "1.0").put("id", Integer.toString(number)).put("source", "test");
    attributes.properties().forEach(field -> event.set(field.getKey(), field.getValue()));
    return event;
  }

  private void checkAnswerable(String name, String pointer) {
    if (answerable.contains(name) || (mayHoldMore && !known.contains(name))) {
      return;
    }
    findings.key(
        DiagnosticCode.UNKNOWN_TASK,
        pointer,
        known.contains(name)
            ? "the task " + name + " needs no node, so nothing can answer for it"
            : "there is no task " + name,
        hint(answerable, name));
  }

  private void checkKnown(String name, String pointer) {
    if (!known.contains(name) && !mayHoldMore) {
      findings.value(
          DiagnosticCode.UNKNOWN_TASK, pointer, "there is no task " + name, hint(known, name));
    }
  }

  private static @Nullable String hint(Set<String> names, String written) {
    boolean isPointer = written.startsWith("/");
    List<String> shown = names.stream().filter(name -> name.startsWith("/") == isPointer).toList();
    return shown.isEmpty() ? null : Findings.hint(shown, written);
  }
}
