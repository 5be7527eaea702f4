package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.Moment;
import dev.capstan.core.decision.SecretSource;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.decision.TimerKey;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
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
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The engine's mind on one thread, with time that moves only when it is told to: a workflow that
 * waits for a week ends in milliseconds. Decisions are those of production; only the log, the nodes
 * and the clock are missing.
 *
 * <p>After every decision the history so far is replayed and compared with the state, so every test
 * that uses it is also a test that replay equals live. Whenever nothing is left to do at the
 * present time, everything that has not ended must wait for something that is there.
 *
 * <p>Not thread-safe.
 */
public final class InMemoryEngine {
  private final KnownDefinitions definitions = new KnownDefinitions();
  private final Map<String, Execution> executions = new LinkedHashMap<>();
  private final Map<String, List<Event.Recorded>> histories = new LinkedHashMap<>();
  private final Map<String, JsonNode> secrets = new TreeMap<>();
  private final Holdings holdings = new Holdings();
  private final OnlyNode node = new OnlyNode(new NodeSide(), holdings);
  private final Deliveries deliveries = new Deliveries(new DeliverySide(), definitions);
  private final Deque<Job> work = new ArrayDeque<>();
  private final List<CloudEvent> published = new ArrayList<>();
  private final Decider decider;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private IntPredicate crash = decision -> false;
  private @Nullable Consumer<String> deed;
  private boolean inDeed;
  private int decisions;

  /** Something to do at the present time; what is stored outlives a leader. */
  private record Job(boolean isStored, Runnable todo) {}

  /** What the node sees of the engine. */
  private final class NodeSide implements OnlyNode.Engine {
    @Override
    public Instant now() {
      return now;
    }

    @Override
    public Execution execution(String id) {
      return InMemoryEngine.this.execution(id);
    }

    @Override
    public Decision decide(String id, Command command) {
      return InMemoryEngine.this.decide(id, command);
    }

    @Override
    public void later(Runnable todo) {
      job(todo);
    }

    @Override
    public void whoeverLeads(Runnable todo) {
      work.add(new Job(true, todo));
    }
  }

  /** What messages between executions come to. */
  private final class DeliverySide implements Deliveries.Engine {
    @Override
    public @Nullable Execution find(String id) {
      return executions.get(id);
    }

    @Override
    public void begin(String id, Definition definition, Command.Start start) {
      InMemoryEngine.this.begin(id, definition, start);
    }

    @Override
    public void decide(String id, Command command) {
      InMemoryEngine.this.decide(id, command);
    }

    @Override
    public void post(CloudEvent event) {
      InMemoryEngine.this.post(event);
    }
  }

  /** An engine that takes at most {@code stepsPerDecision} steps at a time. */
  public InMemoryEngine(int stepsPerDecision) {
    JsonNode runtime =
        JsonNodeFactory.instance.objectNode().put("name", "capstan").put("version", "test");
    SecretSource source = secrets::get;
    decider =
        new Decider(
            new Settings(JqLimits.ofSteps(1_000_000), source, runtime, stepsPerDecision, 5_000));
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
    node.on(kind, worker);
    return this;
  }

  /** Runs all tasks of the kinds that {@link #on} was not told of; without it they never end. */
  public InMemoryEngine onOthers(Worker worker) {
    node.onOthers(worker);
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
    return definitions.deploy(text);
  }

  /** Makes a definition known that was loaded before; any number of engines may have the same. */
  public Definition deploy(Definition definition) {
    return definitions.deploy(definition);
  }

  /** Starts an execution and carries on until it waits for something. */
  public Execution start(String id, Definition definition, JsonNode input) {
    return start(id, definition, input, null);
  }

  /** The same with a moment at which it times out; null for none. */
  public Execution start(
      String id, Definition definition, JsonNode input, @Nullable Instant deadline) {
    begin(id, definition, new Command.Start(input, null, Map.of(), "test", null, deadline));
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
    while (happens(end)) {
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
    while (!execution(id).status().hasEnded() && happens(end)) {
      settle();
    }
    return execution(id);
  }

  /**
   * Lets the next timer fire or the next result come, if that is not after {@code end}, and carries
   * on until nothing is left to do at that time.
   *
   * @return whether there was one; if not, the time has not moved
   */
  public boolean step(Instant end) {
    settle();
    boolean moved = happens(end);
    settle();
    return moved;
  }

  /** Whether a task listens to cloud events of this type, whatever else it asks of them. */
  public boolean isListening(String type) {
    return !holdings.listening(type).isEmpty();
  }

  /** Publishes a cloud event to whoever listens. */
  public void publish(CloudEvent event) {
    post(event);
    settle();
  }

  private void post(CloudEvent event) {
    published.add(event);
    for (Holdings.Place place : holdings.listening(event.type())) {
      Command command = new Command.DeliverCloudEvent(place.task(), event);
      work.add(new Job(true, () -> decide(place.execution(), command)));
    }
  }

  /**
   * What happens when the leader is lost and another one takes over: states come from the histories
   * alone, timers and subscriptions from the states; attempts on nodes go on.
   */
  public void restart() {
    takeOver();
    settle();
  }

  /**
   * Loses the leader after each decision that {@code when} holds for, counted from 1: the events
   * are stored, but what was to be done next is not done by that leader.
   */
  public InMemoryEngine crashAfter(IntPredicate when) {
    crash = when;
    return this;
  }

  /**
   * Does something after every decision, before anything else happens: between any two decisions of
   * an execution, wherever it stands. What it decides itself is not followed by another deed.
   */
  InMemoryEngine between(Consumer<String> afterEach) {
    deed = afterEach;
    return this;
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

  /** The ids of all executions, in the order of their start. */
  public List<String> executions() {
    return List.copyOf(executions.keySet());
  }

  /** The history of an execution so far. */
  public List<Event.Recorded> history(String id) {
    return List.copyOf(histories.getOrDefault(id, List.of()));
  }

  /** The definitions that histories name. */
  public DefinitionSource definitions() {
    return definitions;
  }

  /** Everything that was published, by workflows and by the test. */
  public List<CloudEvent> published() {
    return List.copyOf(published);
  }

  /** Everything that went to nodes. */
  public List<WorkRequest> dispatched() {
    return node.dispatched();
  }

  /** The time that it is. */
  public Instant now() {
    return now;
  }

  private void begin(String id, Definition definition, Command.Start start) {
    if (executions.containsKey(id)) {
      return;
    }
    executions.put(id, Execution.blank(id, definitions.know(definition), definitions));
    decide(id, start);
  }

  Decision decide(String id, Command command) {
    Execution execution = execution(id);
    long first = execution.eventCount();
    Decision decision = decider.decide(execution, command, new Moment(now, chance(id)));
    if (decision instanceof Decision.Accepted accepted) {
      if (!accepted.events().isEmpty()) {
        histories
            .computeIfAbsent(id, _ -> new ArrayList<>())
            .add(new Event.Recorded(first, now, accepted.events()));
      }
      definitions.requireReplayEqualsLive(execution, history(id));
      decisions++;
      boolean crashes = crash.test(decisions);
      for (Effect effect : accepted.effects()) {
        if (!crashes || effect instanceof Effect.Send) {
          perform(id, effect);
        }
      }
      if (crashes) {
        takeOver();
      }
      if (deed != null && !inDeed) {
        Consumer<String> next = deed;
        work.addFirst(new Job(true, () -> act(next, id)));
      }
    }
    return decision;
  }

  private void act(Consumer<String> next, String id) {
    inDeed = true;
    try {
      next.accept(id);
    } finally {
      inDeed = false;
    }
  }

  private long chance(String id) {
    return id.hashCode() * 0x9E3779B97F4A7C15L
        + now.getEpochSecond() * 1_000_000_000
        + now.getNano();
  }

  private void takeOver() {
    holdings.forget();
    node.cancelUnwanted();
    work.removeIf(job -> !job.isStored());
    for (Execution old : List.copyOf(executions.values())) {
      Execution execution = Execution.replay(old.id(), definitions, history(old.id()));
      executions.put(old.id(), execution);
      for (Effect effect : decider.pending(execution, new Moment(now, 0))) {
        perform(old.id(), effect);
      }
      node.returnMissing(execution);
    }
    node.handOverAll();
  }

  private void perform(String id, Effect effect) {
    switch (effect) {
      case Effect.Enqueue enqueue -> node.enqueued(id, enqueue);
      case Effect.Dispatch dispatch -> job(() -> node.run(dispatch));
      case Effect.ArmTimer arm -> arm(new Holdings.Timer(id, arm.key()), arm.at());
      case Effect.DisarmTimer disarm ->
          holdings.timers.remove(new Holdings.Timer(id, disarm.key()));
      case Effect.Send send -> work.add(new Job(true, () -> deliveries.deliver(send.message())));
      case Effect.ConfirmMessages confirm -> node.confirm(confirm);
      case Effect.CancelAttempt cancel -> node.cancel(cancel.token());
      case Effect.Subscribe subscribe ->
          holdings.subscriptions.put(new Holdings.Place(id, subscribe.task()), subscribe.types());
      case Effect.Unsubscribe unsubscribe ->
          holdings.subscriptions.remove(new Holdings.Place(id, unsubscribe.task()));
      case Effect.Withdraw _,
          Effect.HumanTaskOpened _,
          Effect.HumanTaskClosed _,
          Effect.Ended _ -> {}
    }
  }

  /** An execution goes on before anything else reaches it. */
  private void arm(Holdings.Timer timer, Instant at) {
    if (timer.key().kind() == TimerKey.Kind.CONTINUE) {
      work.addFirst(
          new Job(false, () -> decide(timer.execution(), new Command.FireTimer(timer.key()))));
    } else {
      holdings.timers.put(timer, at);
    }
  }

  private void job(Runnable job) {
    work.add(new Job(false, job));
  }

  /** The execution that one goes on as in the end; itself when it does not go on as another. */
  public String lastOf(String id) {
    return deliveries.lastOf(id);
  }

  private void settle() {
    do {
      for (Job next = work.poll(); next != null; next = work.poll()) {
        next.todo().run();
      }
    } while (happens(now));
    new Ownership(executions, holdings).require();
  }

  /** Lets the next timer fire or the next result come, if that is not after {@code end}. */
  private boolean happens(Instant end) {
    Holdings.Timer timer = holdings.nextTimer();
    AttemptToken result = holdings.nextResult();
    Instant fires = timer == null ? Instant.MAX : holdings.due(timer);
    Instant comes = result == null ? Instant.MAX : holdings.due(result);
    if (timer != null && !fires.isAfter(comes) && !fires.isAfter(end)) {
      holdings.timers.remove(timer);
      moveTo(fires);
      decide(timer.execution(), new Command.FireTimer(timer.key()));
      return true;
    }
    Holdings.Attempt attempt = result == null ? null : holdings.attempts.get(result);
    if (result != null && attempt != null && !comes.isAfter(end)) {
      moveTo(comes);
      node.report(result, attempt.result());
      return true;
    }
    return false;
  }

  private void moveTo(Instant instant) {
    if (instant.isAfter(now)) {
      now = instant;
    }
  }
}
