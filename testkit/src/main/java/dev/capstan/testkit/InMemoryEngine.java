package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Moment;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.decision.SecretSource;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.decision.TimerKey;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.StateText;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The engine's mind on one thread, with time that moves only when it is told to: a workflow that
 * waits for a week ends in milliseconds. Decisions are those of production; only the log, the nodes
 * and the clock are missing.
 *
 * <p>After every decision the history so far is replayed and compared with the state, so every test
 * that uses it is also a test that replay equals live.
 *
 * <p>Not thread-safe.
 */
public final class InMemoryEngine {
  private static final Worker NOTHING_RUNS_IT = request -> new WorkResult.Hang();

  private final DefinitionLoader loader = new DefinitionLoader();
  private final Map<String, Definition> definitions = new TreeMap<>();
  private final Map<String, Execution> executions = new LinkedHashMap<>();
  private final Map<String, List<Event.Recorded>> histories = new LinkedHashMap<>();
  private final Map<String, Worker> workers = new TreeMap<>();
  private final Map<String, JsonNode> secrets = new TreeMap<>();
  private final Map<Timer, Instant> timers = new LinkedHashMap<>();
  private final Deque<Runnable> work = new ArrayDeque<>();
  private final List<CloudEvent> published = new ArrayList<>();
  private final List<WorkRequest> dispatched = new ArrayList<>();
  private final Decider decider;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private long seed = 1;
  private long epoch = 1;

  private record Timer(String execution, TimerKey key) {}

  /** An engine that takes at most {@code stepsPerDecision} steps at a time. */
  public InMemoryEngine(int stepsPerDecision) {
    JsonNode runtime =
        JsonNodeFactory.instance.objectNode().put("name", "capstan").put("version", "test");
    SecretSource source = secrets::get;
    decider =
        new Decider(
            new Settings(JqLimits.ofSteps(1_000_000), source, runtime, stepsPerDecision, 100_000));
  }

  /** An engine with the steps at a time of production. */
  public InMemoryEngine() {
    this(1_000);
  }

  /**
   * Runs all tasks of a kind, such as {@code call:http} or {@code function:charge-card}, with
   * {@code worker}.
   */
  public InMemoryEngine on(String kind, Worker worker) {
    workers.put(kind, worker);
    return this;
  }

  /** Makes a secret known. */
  public InMemoryEngine secret(String name, JsonNode value) {
    secrets.put(name, value);
    return this;
  }

  /**
   * Makes a definition known.
   *
   * @throws IllegalArgumentException with all diagnostics if it is invalid
   */
  public Definition deploy(String text) {
    Definition definition =
        switch (loader.load(text, "workflow.yaml")) {
          case LoadResult.Loaded loaded -> loaded.definition();
          case LoadResult.Rejected rejected ->
              throw new IllegalArgumentException(rejected.diagnostics().toString());
        };
    String name = definition.document().namespace() + "/" + definition.document().name();
    definitions.put(name, definition);
    definitions.put(name + "@" + definition.document().version(), definition);
    return definition;
  }

  /** Starts an execution and carries on until it waits for something. */
  public Execution start(String id, Definition definition, JsonNode input) {
    begin(id, definition, input, null);
    settle();
    return execution(id);
  }

  /** Deploys {@code text} and starts an execution of it under the id "test". */
  public Execution start(String text, JsonNode input) {
    return start("test", deploy(text), input);
  }

  /**
   * Carries on until nothing is left to do, moving time from timer to timer, but not further than
   * {@code limit} from now.
   */
  public void runFor(Duration limit) {
    Instant end = now.plus(limit);
    settle();
    while (true) {
      Timer next = nextTimer();
      if (next == null || due(next).isAfter(end)) {
        break;
      }
      fire(next);
      settle();
    }
    now = end;
  }

  /**
   * Carries on until the execution has ended or only the outside world could move it; at most a
   * hundred years.
   */
  public Execution runToEnd(String id) {
    settle();
    Instant end = now.plus(Duration.ofDays(36_500));
    while (!execution(id).status().hasEnded()) {
      Timer next = nextTimer();
      if (next == null || due(next).isAfter(end)) {
        break;
      }
      fire(next);
      settle();
    }
    return execution(id);
  }

  /** Publishes a cloud event to whoever listens. */
  public void publish(CloudEvent event) {
    published.add(event);
    for (Execution execution : List.copyOf(executions.values())) {
      for (var run : List.copyOf(execution.runs())) {
        work.add(() -> decide(execution.id(), new Command.DeliverCloudEvent(run.id(), event)));
      }
    }
    settle();
  }

  /** Sends a command to an execution and carries on until it waits for something. */
  public Decision command(String id, Command command) {
    Decision decision = decide(id, command);
    settle();
    return decision;
  }

  /** The present state of an execution. */
  public Execution execution(String id) {
    Execution execution = executions.get(id);
    if (execution == null) {
      throw new IllegalArgumentException("there is no execution " + id);
    }
    return execution;
  }

  /** The history of an execution so far. */
  public List<Event.Recorded> history(String id) {
    return List.copyOf(histories.getOrDefault(id, List.of()));
  }

  /** Everything that was published, by workflows and by the test. */
  public List<CloudEvent> published() {
    return List.copyOf(published);
  }

  /** Everything that went to nodes. */
  public List<WorkRequest> dispatched() {
    return List.copyOf(dispatched);
  }

  /** The time that it is. */
  public Instant now() {
    return now;
  }

  private void begin(
      String id, Definition definition, JsonNode input, @Nullable ParentReference parent) {
    if (executions.containsKey(id)) {
      return;
    }
    executions.put(id, Execution.blank(id, definition));
    decide(id, new Command.Start(input, parent, Map.of(), "test"));
  }

  private Decision decide(String id, Command command) {
    Execution execution = execution(id);
    long first = execution.eventCount();
    Decision decision = decider.decide(execution, command, new Moment(now, seed++));
    if (decision instanceof Decision.Accepted accepted) {
      if (!accepted.events().isEmpty()) {
        histories
            .computeIfAbsent(id, _ -> new ArrayList<>())
            .add(new Event.Recorded(first, now, accepted.events()));
      }
      requireReplayEqualsLive(execution);
      accepted.effects().forEach(effect -> perform(id, effect));
    }
    return decision;
  }

  private void requireReplayEqualsLive(Execution live) {
    Execution replayed = Execution.replay(live.id(), live.definition(), history(live.id()));
    if (!StateText.of(replayed).equals(StateText.of(live))) {
      throw new IllegalStateException(
          "replay differs from live:\n"
              + StateText.of(replayed)
              + "\nlive:\n"
              + StateText.of(live));
    }
  }

  private void perform(String id, Effect effect) {
    switch (effect) {
      case Effect.Enqueue enqueue ->
          work.add(() -> decide(id, new Command.Assign(enqueue.task(), "node-1", epoch)));
      case Effect.Dispatch dispatch -> work.add(() -> runOnNode(dispatch));
      case Effect.ArmTimer arm -> timers.put(new Timer(id, arm.key()), arm.at());
      case Effect.DisarmTimer disarm -> timers.remove(new Timer(id, disarm.key()));
      case Effect.Send send -> work.add(() -> deliver(send.message()));
      case Effect.Withdraw _,
          Effect.CancelAttempt _,
          Effect.Subscribe _,
          Effect.Unsubscribe _,
          Effect.Ended _ -> {}
    }
  }

  private void runOnNode(Effect.Dispatch dispatch) {
    WorkRequest request =
        new WorkRequest(
            dispatch.kind(),
            dispatch.taskName(),
            dispatch.reference(),
            dispatch.token().attempt(),
            dispatch.arguments(),
            dispatch.idempotencyKey());
    dispatched.add(request);
    String id = dispatch.token().execution();
    switch (workers.getOrDefault(dispatch.kind(), NOTHING_RUNS_IT).run(request)) {
      case WorkResult.Output output ->
          decide(id, new Command.ReportOutput(dispatch.token(), output.value()));
      case WorkResult.Fault fault ->
          decide(id, new Command.ReportFault(dispatch.token(), fault.error()));
      case WorkResult.Lost _ -> {
        epoch++;
        decide(id, new Command.ReportReturned(dispatch.token(), "node node-1 was lost"));
      }
      case WorkResult.Hang _ -> {}
    }
  }

  private void deliver(Message message) {
    switch (message) {
      case Message.Publish publish -> publish(publish.event());
      case Message.StartChild start -> startChild(start);
      case Message.CancelChild cancel -> {
        if (executions.containsKey(cancel.execution())) {
          decide(cancel.execution(), new Command.Cancel("engine", cancel.reason()));
        }
      }
      case Message.NotifyParent notify ->
          decide(
              notify.parent().execution(),
              new Command.ChildEnded(notify.parent().task(), notify.execution(), notify.outcome()));
    }
  }

  private void startChild(Message.StartChild start) {
    String name = start.namespace() + "/" + start.name();
    Definition definition =
        definitions.get("latest".equals(start.version()) ? name : name + "@" + start.version());
    if (definition == null) {
      Outcome outcome =
          new Outcome.Faulted(ErrorType.CONFIGURATION.error("there is no workflow " + name, null));
      decide(
          start.parent().execution(),
          new Command.ChildEnded(start.parent().task(), start.execution(), outcome));
      return;
    }
    begin(start.execution(), definition, start.input(), start.parent());
  }

  private void settle() {
    for (Runnable next = work.poll(); next != null; next = work.poll()) {
      next.run();
    }
    for (Timer timer = dueTimer(); timer != null; timer = dueTimer()) {
      fire(timer);
      for (Runnable next = work.poll(); next != null; next = work.poll()) {
        next.run();
      }
    }
  }

  private @Nullable Timer dueTimer() {
    Timer next = nextTimer();
    return next != null && !due(next).isAfter(now) ? next : null;
  }

  private @Nullable Timer nextTimer() {
    Timer next = null;
    for (Map.Entry<Timer, Instant> timer : timers.entrySet()) {
      if (next == null || timer.getValue().isBefore(timers.get(next))) {
        next = timer.getKey();
      }
    }
    return next;
  }

  private void fire(Timer timer) {
    Instant at = timers.remove(timer);
    if (at != null && at.isAfter(now)) {
      now = at;
    }
    decide(timer.execution(), new Command.FireTimer(timer.key()));
  }

  private Instant due(Timer timer) {
    return Objects.requireNonNull(timers.get(timer));
  }
}
