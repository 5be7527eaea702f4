package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads what a case expects. */
final class ExpectationReader {
  private static final List<String> KEYS =
      List.of(
          "status", "output", "context", "error", "ran", "neverRan", "calls", "emitted", "took");
  private static final List<String> CALL = List.of("task", "with");
  private static final List<String> STATUSES =
      Stream.of(Status.values()).map(Status::word).toList();

  private final Findings findings;
  private final ErrorReader errors;
  private final BiConsumer<String, String> taskCheck;

  /** {@code taskCheck} takes the name of a task and the pointer of where it stands. */
  ExpectationReader(Findings findings, ErrorReader errors, BiConsumer<String, String> taskCheck) {
    this.findings = findings;
    this.errors = errors;
    this.taskCheck = taskCheck;
  }

  Expectation read(JsonNode value, String pointer) {
    Section section = Section.of(findings, value, pointer, "\"expect\"", KEYS);
    JsonNode error = section.get("error");
    return new Expectation(
        status(section, error != null),
        section.get("output"),
        section.get("context"),
        error == null ? null : errors.expected(error, section.pointer("error")),
        tasks(section, "ran"),
        tasks(section, "neverRan"),
        calls(section),
        emitted(section),
        section.duration("took"));
  }

  private String status(Section section, boolean fails) {
    String status = section.text("status");
    if (status == null) {
      return (fails ? Status.FAULTED : Status.COMPLETED).word();
    }
    if (!STATUSES.contains(status)) {
      findings.value(
          DiagnosticCode.VALUE_NOT_ALLOWED,
          section.pointer("status"),
          "\"" + status + "\" is no status",
          Findings.hint(STATUSES, status));
    }
    return status;
  }

  private List<String> tasks(Section section, String key) {
    List<String> names = section.texts(key);
    for (int i = 0; names != null && i < names.size(); i++) {
      taskCheck.accept(names.get(i), section.pointer(key) + "/" + i);
    }
    return names == null ? List.of() : names;
  }

  private @Nullable List<Expectation.Call> calls(Section section) {
    List<JsonNode> list = section.list("calls");
    if (list == null) {
      return null;
    }
    List<Expectation.Call> calls = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String pointer = section.pointer("calls") + "/" + i;
      if (list.get(i).isTextual()) {
        taskCheck.accept(list.get(i).textValue(), pointer);
        calls.add(new Expectation.Call(list.get(i).textValue(), null));
        continue;
      }
      Section call = Section.of(findings, list.get(i), pointer, "a call", CALL);
      String task = call.requires("task", "a call") ? call.text("task") : null;
      if (task != null) {
        taskCheck.accept(task, call.pointer("task"));
        calls.add(new Expectation.Call(task, call.get("with")));
      }
    }
    return calls;
  }

  private @Nullable List<JsonNode> emitted(Section section) {
    List<JsonNode> list = section.list("emitted");
    if (list == null) {
      return null;
    }
    List<JsonNode> events = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      JsonNode event = list.get(i);
      events.add(
          event.isTextual()
              ? JsonNodeFactory.instance.objectNode().set("type", event)
              : Section.free(findings, event, section.pointer("emitted") + "/" + i, "an event")
                  .value());
    }
    return events;
  }
}
