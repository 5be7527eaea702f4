package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.Task;
import dev.capstan.testkit.InMemoryEngine;
import dev.capstan.testkit.WorkRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What came out of a run, held against what a case expects. */
final class Outcome {
  private final InMemoryEngine engine;
  private final Execution execution;
  private final Set<String> arrived;
  private final Duration took;
  private final List<Difference> differences = new ArrayList<>();

  /** {@code arrived} names the events that came from outside. */
  Outcome(InMemoryEngine engine, Set<String> arrived, Duration took) {
    this.engine = engine;
    this.execution = engine.execution(CaseRun.EXECUTION);
    this.arrived = arrived;
    this.took = took;
  }

  /** All differences; the list may be added to. */
  List<Difference> against(Expectation expected) {
    status(expected.status());
    WorkflowError error = execution.error();
    if (expected.error() != null && error != null) {
      differences.addAll(JsonDifferences.outside("error", expected.error(), error.toJson()));
    } else if (expected.error() != null) {
      different("error", JsonDifferences.text(expected.error()), "nothing");
    }
    equal("output", expected.output(), execution.output());
    equal("context", expected.context(), execution.context());
    order(expected.ran());
    expected.neverRan().forEach(this::neverRan);
    if (expected.calls() != null) {
      calls(expected.calls());
    }
    if (expected.emitted() != null) {
      emitted(expected.emitted());
    }
    if (expected.took() != null && !expected.took().equals(took)) {
      different("took", expected.took().toString(), took.toString());
    }
    return differences;
  }

  private void status(String expected) {
    String word = execution.status().word();
    if (word.equals(expected)) {
      return;
    }
    WorkflowError error = execution.error();
    String more = "";
    if (error != null) {
      more = " with " + JsonDifferences.text(error.toJson());
    } else if (!execution.status().hasEnded()) {
      more = " in " + String.join(", ", leaves());
    }
    different("status", expected, word + more);
  }

  private List<String> leaves() {
    return execution.runs().stream()
        .filter(run -> execution.runsIn(run).isEmpty())
        .map(run -> run.task().name())
        .toList();
  }

  private void equal(String what, @Nullable JsonNode expected, @Nullable JsonNode actual) {
    if (expected != null) {
      differences.addAll(
          JsonDifferences.between(
              what, expected, actual == null ? MissingNode.getInstance() : actual));
    }
  }

  /** The tasks that began, as they began, those of child executions too. */
  private List<Task> begun() {
    List<Task> begun = new ArrayList<>();
    for (String id : engine.executions()) {
      Execution owner = engine.execution(id);
      engine.history(id).stream()
          .flatMap(recorded -> recorded.events().stream())
          .forEach(event -> {
            if (event instanceof Event.TaskCreated created) {
              begun.add(owner.task(created.reference()));
            }
          });
    }
    return begun;
  }

  private void order(List<String> expected) {
    List<Task> begun = begun();
    int at = 0;
    for (String name : expected) {
      while (at < begun.size() && !isCalled(begun.get(at), name)) {
        at++;
      }
      if (at == begun.size()) {
        different(
            "ran", String.join(", ", expected), names(begun) + " (" + name + " is missing there)");
        return;
      }
      at++;
    }
  }

  private void neverRan(String name) {
    List<Task> begun = begun();
    if (begun.stream().anyMatch(task -> isCalled(task, name))) {
      different("neverRan", "no run of " + name, names(begun));
    }
  }

  private void calls(List<Expectation.Call> expected) {
    List<WorkRequest> sent = engine.dispatched();
    String wanted = expected.stream().map(Expectation.Call::task).collect(Collectors.joining(", "));
    boolean same = expected.size() == sent.size();
    for (int i = 0; same && i < sent.size(); i++) {
      String task = expected.get(i).task();
      same = task.equals(sent.get(i).task()) || task.equals(sent.get(i).reference());
    }
    if (!same) {
      different(
          "calls",
          wanted.isEmpty() ? "none" : wanted,
          sent.isEmpty()
              ? "none"
              : sent.stream().map(WorkRequest::task).collect(Collectors.joining(", ")));
      return;
    }
    for (int i = 0; i < sent.size(); i++) {
      JsonNode with = expected.get(i).with();
      if (with != null) {
        differences.addAll(
            JsonDifferences.outside(
                "calls[" + i + "] (" + sent.get(i).task() + ")", with, sent.get(i).arguments()));
      }
    }
  }

  private void emitted(List<JsonNode> expected) {
    List<CloudEvent> own =
        engine.published().stream().filter(event -> !arrived.contains(event.identity())).toList();
    if (own.size() != expected.size()) {
      different(
          "emitted",
          listed(expected.stream().map(event -> event.path("type").asText()).toList()),
          listed(own.stream().map(CloudEvent::type).toList()));
      return;
    }
    for (int i = 0; i < own.size(); i++) {
      differences.addAll(
          JsonDifferences.outside("emitted[" + i + "]", expected.get(i), own.get(i).json()));
    }
  }

  private void different(String what, String expected, String actual) {
    differences.add(new Difference(what, expected, actual));
  }

  private static boolean isCalled(Task task, String name) {
    return task.name().equals(name) || task.header().reference().equals(name);
  }

  private static String names(List<Task> tasks) {
    return listed(tasks.stream().map(Task::name).toList());
  }

  private static String listed(List<String> names) {
    return names.isEmpty() ? "none" : String.join(", ", names);
  }
}
