package dev.capstan.testkit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.migration.Plan;
import dev.capstan.dsl.model.Definition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/** One generated workflow in one generated world, run to where nothing moves it any more. */
final class GeneratedRun {
  private static final int RETRIES = 2;
  private static final Duration LONG = Duration.ofHours(2);

  private final long seed;
  private final InMemoryEngine engine;
  private final String text;
  private int moves;

  private GeneratedRun(long seed, int stepsPerDecision, IntPredicate crash) {
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed);
    text = new RandomWorkflow(random).main();
    engine = new InMemoryEngine(stepsPerDecision).crashAfter(crash).between(this::check);
    engine.deploy(new RandomWorkflow(random).child());
  }

  /** A run as in production, without trouble. */
  static GeneratedRun smooth(long seed) {
    return new GeneratedRun(seed, 1_000, decision -> false);
  }

  /** The same run, whose decisions are short and whose leaders are lost. */
  static GeneratedRun rough(long seed) {
    SplittableRandom random = new SplittableRandom(seed + 1);
    int steps = 1 + random.nextInt(4);
    return new GeneratedRun(seed, steps, decision -> random.nextInt(6) == 0);
  }

  /**
   * The same run, which is moved again and again between two versions of its definition that do the
   * same: in the second one all tasks stand elsewhere.
   */
  static GeneratedRun moving(long seed) {
    GeneratedRun run = rough(seed);
    SplittableRandom random = new SplittableRandom(seed + 2);
    Definition first = run.engine.deploy(run.text);
    Definition second = run.engine.deploy(OtherVersion.of(run.text));
    run.engine.between(id -> {
      run.check(id);
      if (id.equals("test") && random.nextInt(4) == 0) {
        run.move(run.execution().definition().hash().equals(first.hash()) ? second : first);
      }
    });
    return run;
  }

  private void check(String id) {
    RunRules.check(engine.execution(id));
  }

  private void move(Definition to) {
    Plan plan = Plan.of(execution(), to, Map.of());
    Decision decision = engine.decide("test", new Command.Migrate(to, Map.of(), "somebody"));
    if (decision instanceof Decision.Accepted accepted) {
      moves += accepted.events().isEmpty() ? 0 : 1;
    } else if (!execution().status().hasEnded()) {
      boolean onlyOnWhatIsNotThere =
          plan.problems().stream()
              .allMatch(problem ->
                  problem.reference().endsWith("/" + OtherVersion.STEP)
                      || problem.reason().endsWith("which only its own version can do"));
      if (!onlyOnWhatIsNotThere) {
        throw new AssertionError("it should have moved: " + plan.problems());
      }
    }
  }

  /** How often it was moved. */
  int moves() {
    return moves;
  }

  /** Runs it as far as it goes. */
  GeneratedRun go() {
    RandomWorld world = new RandomWorld(seed);
    engine.on("call:http", world);
    // The last that is deployed is the latest one.
    Definition definition = engine.deploy(text);
    engine.start("test", definition, JsonNodeFactory.instance.objectNode());
    for (RandomWorld.Deed deed : world.deeds()) {
      engine.runFor(deed.after());
      if (deed.what() instanceof Command command) {
        engine.command("test", command);
      } else if (deed.what() instanceof CloudEvent event) {
        engine.publish(event);
      }
    }
    engine.runFor(LONG);
    for (int i = 0; i < RETRIES && execution().status() == Status.FAULTED; i++) {
      engine.command("test", new Command.Retry("somebody"));
      engine.runFor(LONG);
    }
    return this;
  }

  /** Ends what is still there, as people would. */
  GeneratedRun cancel() {
    for (String id : engine.executions()) {
      engine.command(id, new Command.Cancel("somebody", "it is late"));
    }
    engine.runFor(LONG);
    return this;
  }

  Execution execution() {
    return engine.execution("test");
  }

  /** Histories by execution. */
  Map<String, List<Event.Recorded>> histories() {
    Map<String, List<Event.Recorded>> histories = new LinkedHashMap<>();
    for (String id : engine.executions()) {
      histories.put(id, engine.history(id));
    }
    return histories;
  }

  InMemoryEngine engine() {
    return engine;
  }

  /** What must not depend on cuts and crashes. */
  String outcome() {
    List<String> lines = new ArrayList<>();
    for (String id : new TreeSet<>(engine.executions())) {
      Execution execution = engine.execution(id);
      WorkflowError error = execution.error();
      lines.add(
          String.join(
              " ",
              id,
              execution.status().word(),
              String.valueOf(execution.output()),
              String.valueOf(execution.context()),
              error == null ? "-" : error.toString(),
              String.valueOf(execution.endedAt())));
      lines.addAll(ends(id));
    }
    return String.join("\n", lines);
  }

  /** The same without positions of tasks in their lists, and without the version. */
  String outcomeWithoutPlaces() {
    return outcome().replaceAll("/\\d+/", "/#/").replace(OtherVersion.VERSION, OtherVersion.FIRST);
  }

  private List<String> ends(String id) {
    Map<Long, String> references = new LinkedHashMap<>();
    List<String> ends = new ArrayList<>();
    for (Event.Recorded recorded : engine.history(id)) {
      for (Event event : recorded.events()) {
        switch (event) {
          case Event.TaskCreated e -> references.put(e.task(), e.reference());
          case Event.TaskCompleted e -> ends.add(end(recorded, "completed", references, e));
          case Event.TaskFaulted e -> ends.add(end(recorded, "faulted", references, e));
          case Event.TaskCancelled e -> ends.add(end(recorded, "cancelled", references, e));
          case Event.TaskEvent _, Event.ExecutionEvent _ -> {}
        }
      }
    }
    return ends;
  }

  private static String end(
      Event.Recorded at, String word, Map<Long, String> references, Event.TaskEvent event) {
    return "  " + at.time() + " " + references.get(event.task()) + " " + word;
  }

  /** For a message: how to see the run again. */
  String told() {
    return "repeat with -Dgenerator.seed=" + seed + "; the workflow: " + text;
  }
}
