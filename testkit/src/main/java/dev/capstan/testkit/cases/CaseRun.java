package dev.capstan.testkit.cases;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.testkit.InMemoryEngine;
import dev.capstan.testkit.WorkRequest;
import dev.capstan.testkit.WorkResult;
import dev.capstan.testkit.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** One run of a case, with an engine of its own. */
final class CaseRun {
  static final String EXECUTION = "test";
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final Workflows workflows;
  private final TestCase.World world;
  private final InMemoryEngine engine = new InMemoryEngine();
  private final Instant start = engine.now();
  private final Set<String> arrived = new LinkedHashSet<>();
  private final Deque<TestCase.Arrival> awaited = new ArrayDeque<>();
  private final Deque<TestCase.Arrival> timed = new ArrayDeque<>();

  CaseRun(Workflows workflows, TestCase.World world) {
    this.workflows = workflows;
    this.world = world;
    world.events().stream().filter(event -> event.after() == null).forEach(awaited::add);
    world.events().stream()
        .filter(event -> event.after() != null)
        .sorted(Comparator.comparing(CaseRun::time))
        .forEach(timed::add);
  }

  CaseResult go(Expectation expectation) {
    world.secrets().forEach(engine::secret);
    workflows.others().forEach(engine::deploy);
    engine.onOthers(new Answers(world.answers()));
    try {
      engine.start(EXECUTION, engine.deploy(workflows.tested()), world.input());
      drive();
    } catch (Unanswered e) {
      return new CaseResult(List.of(e.difference()), took());
    }
    List<Difference> differences = new Outcome(engine, arrived, took()).against(expectation);
    for (TestCase.Arrival event : awaited) {
      differences.add(
          new Difference(
              "event " + event.type(), "a task that listens to it", "not awaited by any task"));
    }
    return new CaseResult(differences, took());
  }

  private void drive() {
    while (!hasEnded()) {
      TestCase.Arrival next = awaited.peek();
      if (next != null && engine.isListening(next.type())) {
        awaited.remove();
        publish(next);
      } else if (!engine.step(nextArrival()) && !arrives()) {
        return;
      }
    }
  }

  private boolean hasEnded() {
    Execution execution = engine.execution(EXECUTION);
    return execution.status().hasEnded();
  }

  private Instant nextArrival() {
    TestCase.Arrival next = timed.peek();
    return next == null ? start.plus(LONGEST) : start.plus(time(next));
  }

  private boolean arrives() {
    TestCase.Arrival next = timed.peek();
    if (next == null) {
      return false;
    }
    Duration left = Duration.between(engine.now(), nextArrival());
    if (left.isPositive()) {
      engine.runFor(left);
    }
    timed.remove();
    publish(next);
    return true;
  }

  private void publish(TestCase.Arrival arrival) {
    CloudEvent event = new CloudEvent(arrival.event());
    arrived.add(event.identity());
    engine.publish(event);
  }

  private Duration took() {
    return Duration.between(start, engine.now());
  }

  private static Duration time(TestCase.Arrival arrival) {
    return Objects.requireNonNull(arrival.after());
  }

  /** The answers of a case, one after the other. */
  private static final class Answers implements Worker {
    private final Map<String, List<WorkResult>> answers;
    private final Map<String, Integer> asked = new LinkedHashMap<>();

    Answers(Map<String, List<WorkResult>> answers) {
      this.answers = answers;
    }

    @Override
    public WorkResult run(WorkRequest request) {
      String key = answers.containsKey(request.reference()) ? request.reference() : request.task();
      List<WorkResult> turns = answers.get(key);
      if (turns == null) {
        throw new Unanswered(request);
      }
      int turn = asked.merge(key, 1, Integer::sum) - 1;
      return turns.get(Math.min(turn, turns.size() - 1));
    }
  }

  /** A task goes to a node, and the case does not say what it answers. */
  private static final class Unanswered extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String task;
    private final String kind;

    Unanswered(WorkRequest request) {
      super(request.reference(), null, false, false);
      this.task = request.task();
      this.kind = request.kind();
    }

    Difference difference() {
      return new Difference(
          "task " + task + " (" + getMessage() + ")",
          "an answer under \"tasks\", as " + kind + " runs on a node",
          "without one");
    }
  }
}
