package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskHeader;
import dev.capstan.dsl.model.TaskList;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Walks an execution through its definition, as far as it goes without the outside world.
 *
 * <p>The walk is a list of {@link Step}s. A step begins a task, or goes on after one; what waits
 * for nodes, time or cloud events leaves no step behind. Steps are not state: {@link Resumption}
 * finds those that are due from the runs alone, which is how an execution goes on after a
 * suspension, a fault that is retried, or a turn that was too long.
 *
 * <p>Errors of the workflow are {@link TaskFailure}s up to the run that they belong to; there they
 * become its fault.
 */
final class Interpreter {
  private final Turn turn;
  private final Execution execution;
  private final Settings settings;
  private final Scopes scopes;
  private final Waiting waiting;
  private final Releases releases;
  private final Faults faults;
  private final Listening listening;
  private final Subscribing subscribing;
  private final FunctionCalls functions;
  private final Extending extending;
  private final Compensating compensating;
  private final Continuing continuing;
  private final Looping looping;
  private final SchemaFetching schemas;

  Interpreter(Turn turn, Settings settings) {
    this.turn = turn;
    this.execution = turn.execution();
    this.settings = settings;
    this.scopes = new Scopes(execution, settings);
    this.waiting = new Waiting(settings.waiting(), turn.execution());
    this.releases = new Releases(turn, waiting);
    this.faults = new Faults(turn, this, scopes, releases);
    this.schemas = new SchemaFetching(turn, this, settings);
    Handling handling = new Handling(turn, scopes, schemas);
    this.listening = new Listening(turn, this, scopes, handling);
    this.subscribing = new Subscribing(turn, this, scopes, handling);
    this.functions = new FunctionCalls(turn, this, settings);
    this.extending = new Extending(turn, this);
    this.compensating = new Compensating(turn, this);
    this.continuing = new Continuing(turn, this);
    this.looping = new Looping(turn, this);
  }

  Faults faults() {
    return faults;
  }

  Releases releases() {
    return releases;
  }

  Listening listening() {
    return listening;
  }

  Subscribing subscribing() {
    return subscribing;
  }

  FunctionCalls functions() {
    return functions;
  }

  Extending extending() {
    return extending;
  }

  Compensating compensating() {
    return compensating;
  }

  Continuing continuing() {
    return continuing;
  }

  Looping looping() {
    return looping;
  }

  SchemaFetching schemas() {
    return schemas;
  }

  Scopes scopes() {
    return scopes;
  }

  Waiting waiting() {
    return waiting;
  }

  /**
   * Takes steps until none is left, the execution stops, or it has had its share of one decision.
   */
  void walk() {
    int budget = settings.stepsPerDecision();
    while (turn.hasSteps()) {
      if (execution.isSuspended() || execution.status().hasEnded()) {
        turn.dropSteps();
        return;
      }
      if (execution.eventCount() > compensating.eventLimit(settings)) {
        faults.failExecution(
            ErrorType.RUNTIME.error(
                "the history has reached its limit of " + settings.eventsPerExecution() + " events",
                Faults.WHOLE));
        continue;
      }
      if (budget <= 0) {
        turn.dropSteps();
        turn.effect(
            new Effect.ArmTimer(new TimerKey(TimerKey.Kind.CONTINUE, 0), turn.moment().now()));
        return;
      }
      int before = turn.recorded();
      take(turn.poll());
      // One that records nothing is no progress: thousands of tasks that wait may be found again.
      budget -= turn.recorded() > before ? 1 : 0;
    }
  }

  private void take(@Nullable Step step) {
    switch (step) {
      case Step.Enter enter -> {
        TaskRun parent = execution.run(enter.parent());
        if (parent != null && parent.undoing() == null) {
          enter(parent, enter.list(), enter.position(), enter.iteration());
        }
      }
      case Step.Begin begin -> {
        TaskRun run = execution.run(begin.run());
        if (run != null) {
          begin(run);
        }
      }
      case Step.Proceed proceed -> {
        TaskRun parent = execution.run(proceed.parent());
        if (parent != null && parent.undoing() != null) {
          compensating.goOn(parent, parent.undoing());
        } else if (parent != null && parent.progress() instanceof Progress.Parallel loop) {
          looping.goOn(parent, loop);
        } else if (parent != null && parent.lastChild() != null) {
          proceed(parent, parent.lastChild());
        }
      }
      case null -> throw new IllegalStateException("no step left");
    }
  }

  void enter(TaskRun parent, TaskList list, int position, int iteration) {
    if (position >= list.tasks().size()) {
      endScope(parent);
      return;
    }
    Task task = list.tasks().get(position);
    TaskHeader header = task.header();
    JsonNode raw = parent.inputForChild(iteration);
    Instant now = turn.moment().now();
    Scope scope = scopes.before(parent, iteration, header, raw, now);
    JsonNode input = raw;
    Ending ending = Ending.NEVER;
    List<Integer> extensions = List.of();
    boolean unchecked = false;
    WorkflowError failure = null;
    try {
      compensating.admit(header);
      Expression condition = header.condition();
      if (condition != null
          && !DataFlow.evaluate(header.reference(), () -> condition.test(raw, scope))) {
        turn.record(new Event.TaskSkipped(parent.id(), header.reference(), iteration));
        turn.next(new Step.Proceed(parent.id()));
        return;
      }
      unchecked = schemas.isUnknown(header.input());
      JsonNode transformed = schemas.input(header.input(), raw, scope, header.reference());
      input = transformed;
      Scope within = scope.with(name -> "input".equals(name) ? transformed : null);
      ending =
          Ending.of(
              header.timeout(),
              header.settings().deadline(),
              input,
              within,
              now,
              header.reference(),
              header.reference());
      extensions = extending.applying(parent, task, raw, input, within, now);
    } catch (TaskFailure e) {
      failure = e.error();
    }
    long id = execution.nextRun();
    turn.record(
        new Event.TaskCreated(
            id,
            parent.id(),
            header.reference(),
            iteration,
            DataFlow.isSame(input, raw) ? null : input,
            ending.deadline(),
            extensions,
            ending.notAfter(),
            unchecked ? failure : null));
    TaskRun run = live(id);
    if (failure != null && !unchecked) {
      faults.fault(run, failure);
    } else if (ending.hasPassed(now)) {
      faults.fault(run, Faults.timeout(run));
    } else {
      if (ending.deadline() != null) {
        turn.effect(
            new Effect.ArmTimer(new TimerKey(TimerKey.Kind.TASK_TIMEOUT, id), ending.deadline()));
      }
      begin(run);
    }
  }

  void begin(TaskRun run) {
    try {
      if (schemas.prepare(run)) {
        start(run);
      }
    } catch (TaskFailure e) {
      faults.fault(run, e.error());
    }
  }

  private void start(TaskRun run) {
    switch (run.task()) {
      case Task.Set task -> {
        started(run);
        finish(run, evaluate(run, scope -> task.value().evaluate(run.input(), scope)), null);
      }
      case Task.Switch task -> {
        started(run);
        finish(run, null, choose(run, task));
      }
      case Task.Raise task -> {
        started(run);
        faults.raise(run, evaluate(run, scope -> task.error().evaluate(run.input(), scope)));
      }
      case Task.Emit task -> emit(run, task);
      case Task.Wait task -> startWait(run, task);
      case Task.Do task -> {
        started(run);
        turn.next(new Step.Enter(run.id(), task.tasks(), 0, iteration(run)));
      }
      case Task.Extended task -> {
        started(run);
        extending.start(run, task);
      }
      case Task.For task -> looping.start(run, task);
      case Task.Fork task -> startFork(run, task);
      case Task.Try task -> {
        started(run);
        faults.startAttempt(run, task);
      }
      case Task.Listen task -> {
        started(run);
        listening.start(run, task);
      }
      case Task.Call task -> enqueue(run, Calls.kind(run, task, scopes.of(run)));
      case Task.Subscribe task -> subscribing.start(run, task);
      case Task.CallFunction task -> functions.start(run, task);
      case Task.Run task -> enqueue(run, Calls.kind(run, task, scopes.of(run)));
      case Task.RunWorkflow task -> startChild(run, task);
    }
  }

  void enqueue(TaskRun run, String kind) {
    Settling.settle(run, turn, this);
    waiting.timers(run, (key, at) -> turn.effect(new Effect.ArmTimer(key, at)));
    turn.effect(new Effect.Enqueue(run.id(), kind, Waiting.placement(run)));
  }

  private void started(TaskRun run) {
    turn.record(new Event.TaskStarted(run.id(), Math.max(run.attempt(), 1), null, 0));
  }

  <T> T evaluate(TaskRun run, java.util.function.Function<Scope, T> evaluation) {
    return DataFlow.evaluate(run.reference(), () -> evaluation.apply(scopes.of(run)));
  }

  private FlowDirective choose(TaskRun run, Task.Switch task) {
    Task.Switch.Case otherwise = null;
    for (Task.Switch.Case way : task.cases()) {
      Expression when = way.when();
      if (when == null) {
        otherwise = way;
      } else if (evaluate(run, scope -> when.test(run.input(), scope))) {
        return way.then();
      }
    }
    return otherwise != null ? otherwise.then() : task.header().then();
  }

  private void emit(TaskRun run, Task.Emit task) {
    started(run);
    JsonNode attributes = evaluate(run, scope -> task.event().evaluate(run.input(), scope));
    if (!(attributes instanceof ObjectNode given) || !given.path("type").isTextual()) {
      throw new TaskFailure(
          ErrorType.VALIDATION, "a cloud event needs a type, which is a string", run.reference());
    }
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("specversion", "1.0");
    event.put("id", execution.id() + "/" + run.id());
    event.put("source", source());
    event.put("time", turn.moment().now().toString());
    event.setAll(given);
    turn.effect(new Effect.Send(new Message.Publish(new CloudEvent(event))));
    finish(run, event, null);
  }

  private String source() {
    var document = execution.definition().document();
    return "/" + document.namespace() + "/" + document.name() + "/" + document.version();
  }

  private void startWait(TaskRun run, Task.Wait task) {
    Instant until =
        evaluate(run, scope -> task.span().evaluate(run.input(), scope)).addTo(turn.moment().now());
    turn.record(new Event.WaitStarted(run.id(), until));
    turn.effect(new Effect.ArmTimer(new TimerKey(TimerKey.Kind.WAIT, run.id()), until));
  }

  private void startFork(TaskRun run, Task.Fork task) {
    started(run);
    if (task.branches().tasks().isEmpty()) {
      finish(run, null, null);
    }
    for (int i = 0; i < task.branches().tasks().size(); i++) {
      turn.open(run.id(), new Step.Enter(run.id(), task.branches(), i, 0));
    }
  }

  private void startChild(TaskRun run, Task.RunWorkflow task) {
    WorkflowError failure = Continuing.continues(run) ? compensating.failure() : null;
    if (failure != null) {
      faults.failExecution(failure);
      return;
    }
    JsonNode wanted = evaluate(run, scope -> task.workflow().evaluate(run.input(), scope));
    String child = childId(run);
    JsonNode given = wanted.get("input");
    JsonNode input = given == null ? JsonNodeFactory.instance.objectNode() : given;
    turn.record(new Event.ChildStarted(run.id(), child));
    if (Continuing.continues(run)) {
      turn.effect(new Effect.Send(continuing.successor(run, child, wanted, input)));
      return;
    }
    turn.effect(
        new Effect.Send(
            new Message.StartChild(
                child,
                wanted.path("namespace").asText(),
                wanted.path("name").asText(),
                wanted.path("version").asText("latest"),
                input,
                ParentReference.of(execution.parent(), execution.id(), run.id(), task.await()),
                task.await() ? run.nearestNotAfter(execution.lastMoment()) : null)));
    if (!task.await()) {
      finish(run, null, null);
    }
  }

  /** The same however often the start is delivered; another one when the task is retried. */
  private String childId(TaskRun run) {
    String name = execution.id() + "/" + run.id();
    String unique = run.attempt() > 1 ? name + "/" + run.attempt() : name;
    return UUID.nameUUIDFromBytes(unique.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /**
   * Ends a run well.
   *
   * @param raw its raw output; null when that is what it has in hand
   * @param then where the flow goes on; null as its definition says
   */
  void finish(TaskRun run, @Nullable JsonNode raw, @Nullable FlowDirective then) {
    TaskHeader header = run.task().header();
    JsonNode rawOutput = raw != null ? raw : run.data();
    JsonNode output;
    JsonNode context;
    try {
      output = schemas.output(run, header.output(), rawOutput, scopes.of(run, rawOutput, null));
      context = schemas.export(run, header.export(), output, scopes.of(run, rawOutput, output));
    } catch (TaskFailure e) {
      faults.fault(run, e.error());
      return;
    }
    TaskRun parent = run.parent();
    if (parent == null) {
      throw new IllegalStateException("the root ends with its execution");
    }
    releases.release(run);
    boolean inHand =
        DataFlow.isSame(output, rawOutput) && (raw == null || DataFlow.isSame(raw, run.data()));
    turn.record(new Event.TaskCompleted(run.id(), inHand ? null : output, context, then));
    Step step = new Step.Proceed(parent.id());
    if (run.isIteration()) {
      turn.openOnce(parent.id(), step);
    } else {
      turn.next(step);
    }
  }

  private void proceed(TaskRun parent, Task child) {
    FlowDirective directive = Extending.directive(parent, child);
    if (directive instanceof FlowDirective.End) {
      JsonNode output =
          parent.progress() instanceof Progress.Branches branches
              ? branches.output(child.header().position())
              : parent.data();
      if (!compensating.endsCompensation(parent)) {
        completeExecution(output);
      }
    } else if (parent.progress() instanceof Progress.Branches branches) {
      join(parent, branches, child);
    } else {
      TaskList list = listOf(parent);
      switch (directive) {
        case FlowDirective.Continue _ -> goTo(parent, list, child.header().position() + 1);
        case FlowDirective.GoTo target -> goTo(parent, list, list.indexOf(target.task()));
        case FlowDirective.Exit _, FlowDirective.End _ -> endScope(parent);
      }
    }
  }

  private void goTo(TaskRun parent, TaskList list, int position) {
    if (position < list.tasks().size()) {
      turn.next(new Step.Enter(parent.id(), list, position, iteration(parent)));
    } else {
      endScope(parent);
    }
  }

  static int iteration(TaskRun parent) {
    if (parent.isIteration()) {
      return parent.iteration();
    }
    return switch (parent.progress()) {
      case Progress.Loop loop -> loop.iteration();
      case Progress.Listening listening -> listening.handled().size();
      case Progress.Consuming consuming -> consuming.handled().size();
      case Progress.Extending extended -> extended.stage();
      case Progress.Plain _,
          Progress.Parallel _,
          Progress.Branches _,
          Progress.Attempts _,
          Progress.Waiting _,
          Progress.Child _ ->
          0;
    };
  }

  private void join(TaskRun fork, Progress.Branches branches, Task branch) {
    boolean competes = fork.task() instanceof Task.Fork task && task.compete();
    boolean isOver = branches.done() == branches.count();
    int position = branch.header().position();
    if (competes && (isOver || !branches.isSkipped(position))) {
      releases.cancelBelow(fork, "another branch was first");
      finish(fork, branches.output(position), null);
    } else if (isOver) {
      finish(fork, null, null);
    }
  }

  TaskList listOf(TaskRun scope) {
    return switch (scope.task()) {
      case Task.Do task -> task.tasks();
      case Task.CallFunction task -> functions.body(task);
      case Task.For task -> task.body();
      case Task.Extended task when scope.progress() instanceof Progress.Extending extended ->
          task.stage(extended.stage());
      case Task.Try task when scope.progress() instanceof Progress.Attempts attempts ->
          listOf(task, attempts);
      case Task.Listen task when task.forEach() != null && task.forEach().body() != null ->
          task.forEach().body();
      case Task.Subscribe task when task.forEach() != null && task.forEach().body() != null ->
          task.forEach().body();
      case Task.Try _,
          Task.Listen _,
          Task.Subscribe _,
          Task.Extended _,
          Task.Set _,
          Task.Switch _,
          Task.Fork _,
          Task.Raise _,
          Task.Wait _,
          Task.Emit _,
          Task.Call _,
          Task.Run _,
          Task.RunWorkflow _ ->
          throw new IllegalStateException(scope.reference() + " has no list of tasks");
    };
  }

  static TaskList listOf(Task.Try task, Progress.Attempts attempts) {
    TaskList handler = task.handler().body();
    return attempts.caught() != null && handler != null ? handler : task.body();
  }

  private void endScope(TaskRun scope) {
    if (scope.parent() == null) {
      completeExecution(scope.data());
      return;
    }
    switch (scope.task()) {
      case Task.For _ when scope.progress() instanceof Progress.Loop loop ->
          looping.iterate(scope, loop, loop.iteration() + 1);
      case Task.Try task
          when scope.progress() instanceof Progress.Attempts attempts
              && attempts.caught() != null ->
          finish(scope, null, task.handler().then());
      case Task.Listen _ -> listening.handled(scope);
      case Task.Subscribe task when task.forEach() != null ->
          subscribing.handled(scope, task, task.forEach());
      case Task.Extended task when scope.progress() instanceof Progress.Extending extended ->
          extending.endStage(scope, task, extended);
      case Task.Do _,
          Task.Subscribe _,
          Task.CallFunction _,
          Task.Extended _,
          Task.For _,
          Task.Try _,
          Task.Set _,
          Task.Switch _,
          Task.Fork _,
          Task.Raise _,
          Task.Wait _,
          Task.Emit _,
          Task.Call _,
          Task.Run _,
          Task.RunWorkflow _ ->
          finish(scope, null, null);
    }
  }

  private void completeExecution(@Nullable JsonNode raw) {
    WorkflowError failure = compensating.failure();
    if (failure != null) {
      faults.failExecution(failure);
      return;
    }
    JsonNode rawOutput = raw == null ? JsonNodeFactory.instance.nullNode() : raw;
    JsonNode output;
    try {
      output =
          schemas.output(
              execution.root(),
              execution.definition().output(),
              rawOutput,
              scopes.ending(rawOutput));
    } catch (TaskFailure e) {
      faults.failExecution(e.error());
      return;
    }
    turn.dropSteps();
    releases.cancelBelow(execution.root(), "the execution ended");
    boolean inHand = DataFlow.isSame(output, execution.root().data());
    turn.record(new Event.ExecutionCompleted(inHand ? null : output));
    releases.ended(new Outcome.Completed(output));
  }

  private TaskRun live(long run) {
    TaskRun live = execution.run(run);
    if (live == null) {
      throw new IllegalStateException("run " + run + " was just created");
    }
    return live;
  }
}
