package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.decision.AttemptToken;
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
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
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
  private final Map<String, Worker> workers = new TreeMap<>();
  private final Map<String, JsonNode> secrets = new TreeMap<>();
  private final Holdings holdings = new Holdings();
  private final Deque<Job> work = new ArrayDeque<>();
  private final List<CloudEvent> published = new ArrayList<>();
  private final List<WorkRequest> dispatched = new ArrayList<>();
  private final Decider decider;
  private Worker others = request -> new WorkResult.Hang();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private IntPredicate crash = decision -> false;
  private @Nullable Consumer<String> deed;
  private boolean inDeed;
  private int decisions;
  private long epoch = 1;

  /** Something to do at the present time; what is stored outlives a leader. */
  private record Job(boolean isStored, Runnable todo) {}

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
    workers.put(kind, worker);
    return this;
  }

  /** Runs all tasks of the kinds that {@link #on} was not told of; without it they never end. */
  public InMemoryEngine onOthers(Worker worker) {
    others = worker;
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
    begin(id, definition, input, null, deadline);
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
    return holdings.subscriptions.values().stream().anyMatch(types -> Holdings.takes(types, type));
  }

  /** Publishes a cloud event to whoever listens. */
  public void publish(CloudEvent event) {
    post(event);
    settle();
  }

  private void post(CloudEvent event) {
    published.add(event);
    for (Map.Entry<Holdings.Place, List<String>> listener :
        List.copyOf(holdings.subscriptions.entrySet())) {
      if (Holdings.takes(listener.getValue(), event.type())) {
        Holdings.Place place = listener.getKey();
        Command command = new Command.DeliverCloudEvent(place.task(), event);
        work.add(new Job(true, () -> decide(place.execution(), command)));
      }
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
    return List.copyOf(dispatched);
  }

  /** The time that it is. */
  public Instant now() {
    return now;
  }

  private void begin(
      String id,
      Definition definition,
      JsonNode input,
      @Nullable ParentReference parent,
      @Nullable Instant deadline) {
    if (executions.containsKey(id)) {
      return;
    }
    executions.put(id, Execution.blank(id, definitions.know(definition), definitions));
    decide(id, new Command.Start(input, parent, Map.of(), "test", null, deadline));
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
    List.copyOf(holdings.attempts.keySet()).stream()
        .filter(token -> !isPresent(token))
        .forEach(this::cancelAttempt);
    work.removeIf(job -> !job.isStored());
    for (Execution old : List.copyOf(executions.values())) {
      Execution execution = Execution.replay(old.id(), definitions, history(old.id()));
      executions.put(old.id(), execution);
      for (Effect effect : decider.pending(execution, new Moment(now, 0))) {
        perform(old.id(), effect);
      }
      for (TaskRun run : execution.runs()) {
        AttemptToken token = new AttemptToken(execution.id(), run.id(), run.attempt(), run.epoch());
        if (run.node() != null && !holdings.attempts.containsKey(token)) {
          epoch++;
          job(() -> decide(old.id(), new Command.ReportReturned(token, "it never got there")));
        }
      }
    }
    List.copyOf(holdings.attempts.keySet()).forEach(this::handOver);
  }

  private boolean isPresent(AttemptToken token) {
    TaskRun run = execution(token.execution()).run(token.task());
    return run != null
        && run.node() != null
        && run.attempt() == token.attempt()
        && run.epoch() == token.epoch();
  }

  private void perform(String id, Effect effect) {
    switch (effect) {
      case Effect.Enqueue enqueue -> {
        // Whatever is to go to the node that was lost waits: it does not come back under its name.
        if (!enqueue.metadata().path("node").asText().equals("node-1")) {
          job(() -> decide(id, new Command.Assign(enqueue.task(), "node-1", epoch)));
        }
      }
      case Effect.Dispatch dispatch -> job(() -> runOnNode(dispatch));
      case Effect.ArmTimer arm -> arm(new Holdings.Timer(id, arm.key()), arm.at());
      case Effect.DisarmTimer disarm ->
          holdings.timers.remove(new Holdings.Timer(id, disarm.key()));
      case Effect.Send send -> work.add(new Job(true, () -> deliver(send.message())));
      case Effect.ConfirmMessages confirm -> {
        holdings.confirmed.merge(confirm.token(), confirm.number(), Math::max);
        handOver(confirm.token());
      }
      case Effect.CancelAttempt cancel -> cancelAttempt(cancel.token());
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
    AttemptToken token = dispatch.token();
    switch (workers.getOrDefault(dispatch.kind(), others).run(request)) {
      case WorkResult.After after ->
          holdings.attempts.put(
              token, new Holdings.Attempt(now.plus(after.delay()), after.result()));
      case WorkResult.Hang hang -> holdings.attempts.put(token, new Holdings.Attempt(null, hang));
      case WorkResult.Messages messages -> {
        holdings.attempts.put(token, new Holdings.Attempt(null, messages));
        handOver(token);
      }
      case WorkResult.Output output -> report(token, output);
      case WorkResult.Fault fault -> report(token, fault);
      case WorkResult.Lost lost -> report(token, lost);
    }
    if (!isPresent(token)) {
      cancelAttempt(token);
    }
  }

  /** A subscription hands over the first message that is not confirmed, perhaps again. */
  private void handOver(AttemptToken token) {
    long number = holdings.confirmed.getOrDefault(token, 0L) + 1;
    Holdings.Attempt attempt = holdings.attempts.get(token);
    if (attempt == null || !(attempt.result() instanceof WorkResult.Messages given)) {
      return;
    }
    if (number > given.messages().size()) {
      job(() -> goesOn(token, given.then()));
    } else {
      JsonNode message = given.messages().get((int) number - 1);
      work.add(
          new Job(
              true,
              () -> decide(token.execution(), new Command.DeliverMessage(token, number, message))));
    }
  }

  /** A subscription has handed over everything. */
  private void goesOn(AttemptToken token, WorkResult then) {
    Holdings.Attempt attempt = holdings.attempts.get(token);
    if (attempt == null || !(attempt.result() instanceof WorkResult.Messages)) {
      return;
    }
    switch (then) {
      case WorkResult.Hang _, WorkResult.Messages _ -> {}
      case WorkResult.After after ->
          holdings.attempts.put(
              token, new Holdings.Attempt(now.plus(after.delay()), after.result()));
      case WorkResult.Output _, WorkResult.Fault _, WorkResult.Lost _ -> report(token, then);
    }
  }

  private void report(AttemptToken token, WorkResult result) {
    holdings.attempts.remove(token);
    Decision decision =
        switch (result) {
          case WorkResult.Output output ->
              decide(token.execution(), new Command.ReportOutput(token, output.value()));
          case WorkResult.Fault fault ->
              decide(token.execution(), new Command.ReportFault(token, fault.error()));
          case WorkResult.Lost _ -> {
            epoch++;
            yield decide(
                token.execution(),
                new Command.ReportReturned(token, "node node-1 was lost", Command.Return.LOST));
          }
          case WorkResult.Hang _, WorkResult.Messages _, WorkResult.After _ ->
              throw new IllegalArgumentException("nothing to report: " + result);
        };
    if (holdings.cancelled.remove(token) && decision instanceof Decision.Accepted) {
      throw new IllegalStateException("the result of a cancelled attempt was taken: " + token);
    }
  }

  private void cancelAttempt(AttemptToken token) {
    Holdings.Attempt attempt = holdings.attempts.get(token);
    if (attempt != null
        && (attempt.result() instanceof WorkResult.Hang
            || attempt.result() instanceof WorkResult.Messages)) {
      holdings.attempts.remove(token);
    } else if (attempt != null) {
      holdings.cancelled.add(token);
    }
  }

  private void deliver(Message message) {
    switch (message) {
      case Message.Publish publish -> post(publish.event());
      case Message.StartChild start -> startChild(start);
      case Message.StartSuccessor start -> startSuccessor(start);
      case Message.CancelChild cancel -> {
        String last = lastOf(cancel.execution());
        if (executions.containsKey(last)) {
          decide(last, new Command.Cancel("engine", cancel.reason()));
        }
      }
      case Message.NotifyParent notify ->
          decide(
              notify.parent().execution(),
              new Command.ChildEnded(notify.parent().task(), notify.execution(), notify.outcome()));
    }
  }

  /** The execution that one goes on as in the end; itself when it does not go on as another. */
  public String lastOf(String id) {
    Execution execution = executions.get(id);
    String next = execution == null ? null : execution.continuedAs();
    return next == null ? id : lastOf(next);
  }

  private void startSuccessor(Message.StartSuccessor start) {
    Predecessor before = start.predecessor();
    Execution predecessor = execution(before.execution());
    if (predecessor.status().hasEnded() || predecessor.run(before.task()) == null) {
      return;
    }
    Definition definition =
        definitions.find(start.namespace() + "/" + start.name(), start.version());
    if (definition == null) {
      refuse(before.execution(), before.task(), start.execution(), start.name());
    } else if (!executions.containsKey(start.execution())) {
      executions.put(
          start.execution(), Execution.blank(start.execution(), definition, definitions));
      decide(
          start.execution(),
          new Command.Start(
              start.input(), start.parent(), start.labels(), start.startedBy(), before, null));
    }
  }

  private void refuse(String parent, long task, String child, String name) {
    Outcome outcome =
        new Outcome.Faulted(ErrorType.CONFIGURATION.error("there is no workflow " + name, null));
    decide(parent, new Command.ChildEnded(task, child, outcome));
  }

  private void startChild(Message.StartChild start) {
    String name = start.namespace() + "/" + start.name();
    Definition definition = definitions.find(name, start.version());
    if (definition == null) {
      refuse(start.parent().execution(), start.parent().task(), start.execution(), name);
      return;
    }
    TaskRun waiting = execution(start.parent().execution()).run(start.parent().task());
    if (!start.parent().awaited() || waiting != null) {
      begin(start.execution(), definition, start.input(), start.parent(), start.deadline());
    }
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
      report(result, attempt.result());
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
