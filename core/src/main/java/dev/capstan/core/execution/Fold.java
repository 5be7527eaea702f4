package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.FunctionLoader;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Evolves an {@link Execution} by one event. This is the only code that changes it, and it decides
 * nothing: no expression is evaluated and no clock is read here, so replaying a history always
 * gives the state that was there when it was written.
 */
public final class Fold {
  private Fold() {}

  /**
   * Applies {@code event}, which happened at {@code time}.
   *
   * @throws IllegalStateException if the event cannot follow the history so far, which means that
   *     the history is damaged
   */
  public static void apply(Execution execution, Event event, Instant time) {
    execution.eventCount++;
    switch (event) {
      case Event.ExecutionEvent e -> applyToExecution(execution, e, time);
      case Event.TaskEvent e -> applyToTask(execution, e, time);
    }
  }

  private static void applyToExecution(
      Execution execution, Event.ExecutionEvent event, Instant time) {
    LifeCycle.require(execution, event);
    switch (event) {
      case Event.ExecutionStarted e -> start(execution, e, time);
      case Event.ExecutionSuspended _ -> execution.suspended = true;
      case Event.ExecutionResumed _ -> {
        execution.suspended = false;
        execution.runs.all().forEach(run -> run.pendingSince = time);
      }
      case Event.ExecutionRetried _ -> retry(execution, time);
      case Event.ExecutionMigrated e -> Moving.apply(execution, e);
      case Event.ExecutionCompleted e -> {
        execution.continuedAs = e.continuedAs();
        execution.output = e.output() != null ? e.output() : execution.root().data();
        end(execution, Status.COMPLETED, time);
      }
      case Event.ExecutionFaulted e -> {
        execution.error = e.error();
        end(execution, Status.FAULTED, time);
      }
      case Event.ExecutionCancelled _ -> end(execution, Status.CANCELLED, time);
    }
  }

  private static void start(Execution execution, Event.ExecutionStarted event, Instant time) {
    execution.begin(event.workflow().hash());
    execution.status = Status.RUNNING;
    execution.workflow = event.workflow();
    execution.parent = event.parent();
    execution.predecessor = event.predecessor();
    execution.labels = event.labels();
    execution.startedBy = event.startedBy();
    execution.rawInput = event.rawInput();
    execution.input = event.input() != null ? event.input() : event.rawInput();
    execution.startedAt = time;
    execution.deadline = event.deadline();
    execution.notAfter = event.notAfter();
    TaskRun root =
        new TaskRun(
            0,
            null,
            rootTask(execution.definition()),
            0,
            execution.input,
            execution.input,
            null,
            time);
    root.doubt = event.doubt();
    root.unchecked = !execution.schemas().isKnown(execution.definition().input().schema());
    if (execution.missingSchema(root) == null) {
      root.become(Status.RUNNING);
      root.startedAt = time;
    }
    execution.runs.add(root);
  }

  static Task rootTask(Definition definition) {
    return new Task.Do(TaskHeader.plain(definition.document().name(), ""), definition.tasks());
  }

  private static void end(Execution execution, Status status, Instant time) {
    execution.status = status;
    execution.endedAt = time;
    execution.suspended = false;
    execution.root().goesTo(null);
    execution.root().fetching = null;
    Remembering.forget(execution);
    if (status != Status.FAULTED) {
      execution.runs.removeBelow(execution.root());
    }
  }

  private static void retry(Execution execution, Instant time) {
    Instant startedAt = execution.startedAt == null ? time : execution.startedAt;
    execution.status = Status.RUNNING;
    execution.error = null;
    execution.endedAt = null;
    execution.deadline = moved(execution.deadline, execution.notAfter, startedAt, time);
    for (TaskRun run : execution.runs.all()) {
      run.error = null;
      run.pendingSince = time;
      if (run.progress instanceof Progress.Consuming) {
        // What its last attempt says of itself from now on is about nothing.
        run.attempt++;
      }
      run.become(revived(run.progress, time));
      run.deadline = moved(run.deadline, run.notAfter, run.createdAt(), time);
    }
  }

  /** A timeout counts anew from {@code time}; a deadline stays where it is. */
  private static @Nullable Instant moved(
      @Nullable Instant deadline, @Nullable Instant notAfter, Instant begun, Instant time) {
    if (deadline == null || deadline.equals(notAfter)) {
      return deadline;
    }
    Instant later = time.plus(Duration.between(begun, deadline));
    return notAfter != null && notAfter.isBefore(later) ? notAfter : later;
  }

  /** What a run does again; the clock of a try's present attempt starts anew. */
  private static Status revived(Progress progress, Instant time) {
    return switch (progress) {
      case Progress.Waiting _, Progress.Listening _ -> Status.WAITING;
      case Progress.Consuming _ -> Status.PENDING;
      case Progress.Attempts attempts -> {
        attempts.firstStartedAt = time;
        attempts.lastStartedAt = time;
        yield attempts.retryAt == null ? Status.RUNNING : Status.WAITING;
      }
      case Progress.Plain _,
          Progress.Loop _,
          Progress.Parallel _,
          Progress.Branches _,
          Progress.Extending _,
          Progress.Child _ ->
          Status.RUNNING;
    };
  }

  private static void applyToTask(Execution execution, Event.TaskEvent event, Instant time) {
    LifeCycle.require(execution, event, run(execution, LifeCycle.runOf(event)));
    switch (event) {
      case Event.TaskCreated e -> create(execution, e, time);
      case Event.TaskSkipped e -> {
        TaskRun parent = run(execution, e.task());
        enter(parent, e.iteration(), time);
        Task task = execution.task(e.reference());
        if (parent.progress instanceof Progress.Branches branches) {
          branches.skipped.set(task.header().position());
        }
        // Its own directive is for its completion (specification: Flow Directives).
        childEnded(
            parent,
            task,
            e.iteration(),
            parent.inputForChild(e.iteration()),
            new FlowDirective.Continue());
      }
      case Event.TaskSettled e -> run(execution, e.task()).settled = e.settings();
      case Event.TaskStarted e -> started(run(execution, e.task()), e, time);
      case Event.LoopStarted e -> {
        TaskRun run = begin(run(execution, e.task()), Status.RUNNING, time);
        run.progress =
            run.task() instanceof Task.For loop && loop.parallel() != null
                ? new Progress.Parallel(e.items())
                : new Progress.Loop(e.items());
      }
      case Event.WaitStarted e -> {
        TaskRun run = begin(run(execution, e.task()), Status.WAITING, time);
        run.progress = new Progress.Waiting(e.until());
      }
      case Event.ChildStarted e -> {
        TaskRun run = begin(run(execution, e.task()), Status.RUNNING, time);
        run.progress = new Progress.Child(e.execution());
      }
      case Event.FunctionFetched e -> fetched(execution, run(execution, e.task()), e, time);
      case Event.SchemaFetched e -> execution.schemas().fetched(run(execution, e.task()), e, time);
      case Event.FunctionCalled e -> {
        TaskRun run = begin(run(execution, e.task()), Status.RUNNING, time);
        run.data = e.arguments();
      }
      case Event.CloudEventConsumed e -> consumed(execution, run(execution, e.task()), e, time);
      case Event.HumanTaskOpened e -> listening(run(execution, e.task())).human = e.asked();
      case Event.HumanTaskAssigned e -> {
        Progress.Listening listening = listening(run(execution, e.task()));
        if (listening.human == null) {
          throw new IllegalStateException("run " + e.task() + " asks nobody");
        }
        listening.human = listening.human.assignedTo(e.assignee());
      }
      case Event.CloudEventHandled e -> {
        TaskRun run = run(execution, e.task());
        listening(run).handled.add(e.output());
        handled(execution, run, e.context());
      }
      case Event.MessageConsumed e -> {
        Progress.Consuming consuming = consuming(run(execution, e.task()));
        consuming.consumed.add(e.message());
        consuming.lastNumber = e.number();
      }
      case Event.MessageHandled e -> {
        TaskRun run = run(execution, e.task());
        consuming(run).handled.add(e.output());
        handled(execution, run, e.context());
      }
      case Event.TaskRetried e -> retried(execution, run(execution, e.task()), e);
      case Event.CompensationStarted e -> compensating(execution, run(execution, e.task()), e);
      case Event.ErrorCaught e -> {
        TaskRun run = run(execution, e.task());
        execution.runs.removeBelow(run);
        run.undoing = null;
        attempts(run).caught = e.error();
        run.data = run.input;
        clearStep(run);
      }
      case Event.TaskCompleted e -> completed(execution, run(execution, e.task()), e);
      case Event.TaskFaulted e -> {
        TaskRun run = run(execution, e.task());
        run.become(Status.FAULTED);
        run.error = e.error();
        run.goesTo(null);
        fetchesNoMore(run);
        if (Remembering.faulted(execution, run, e.error())) {
          execution.runs.removeBelow(run);
          execution.runs.remove(run);
        }
      }
      case Event.TaskCancelled e -> {
        TaskRun run = run(execution, e.task());
        Remembering.handOn(run);
        cancelled(execution, run);
      }
    }
  }

  private static void compensating(
      Execution execution, TaskRun scope, Event.CompensationStarted event) {
    if (scope.parent() != null) {
      attempts(scope);
    }
    execution.runs.removeBelow(scope);
    scope.undoing = event.error();
    scope.lastChild = null;
    scope.next = null;
    if (scope.parent() == null) {
      execution.compensated = true;
      // Whatever its timeout was for has failed; what undoes it has timeouts of its own.
      execution.deadline = null;
    }
  }

  private static void create(Execution execution, Event.TaskCreated event, Instant time) {
    TaskRun parent = run(execution, event.parent());
    Task task = task(execution, parent, event);
    JsonNode rawInput = parent.inputForChild(event.iteration());
    JsonNode input = event.input() != null ? event.input() : rawInput;
    enter(parent, event.iteration(), time);
    execution.lastRun = event.task();
    TaskRun run =
        new TaskRun(
            event.task(), parent, task, event.iteration(), rawInput, input, event.deadline(), time);
    run.notAfter = event.notAfter();
    run.doubt = event.doubt();
    run.unchecked = !execution.schemas().isKnown(task.header().input().schema());
    run.origin = execution.origin(run.reference());
    execution.runs.add(run);
    if (task instanceof Task.Call
        || task instanceof Task.Run
        || task instanceof Task.Subscribe
        || task instanceof Task.Try) {
      countVisit(execution, run);
    }
  }

  private static Task task(Execution execution, TaskRun parent, Event.TaskCreated event) {
    if (parent.task() instanceof Task.Extended around
        && !parent.isExtensionTask(event.reference())) {
      return around.task();
    }
    Task task = execution.task(event.reference());
    if (event.extensions().isEmpty()) {
      return task;
    }
    List<Extension> declared = execution.definition().use().extensions();
    return Task.Extended.of(task, event.extensions().stream().map(declared::get).toList());
  }

  /** The flow inside {@code parent} has come to a task. */
  private static void enter(TaskRun parent, int iteration, Instant time) {
    if (parent.progress instanceof Progress.Attempts attempts && attempts.retryAt != null) {
      // It may have been due long before: nothing begins while the execution is suspended.
      attempts.lastStartedAt = time;
    }
    if (parent.progress instanceof Progress.Loop loop) {
      loop.iteration = iteration;
    }
    if (parent.progress instanceof Progress.Extending extending && extending.stage != iteration) {
      JsonNode data = parent.inputForChild(iteration);
      if (parent.isLeft()) {
        extending.result = data;
      }
      parent.data = data;
      extending.stage = iteration;
    }
    if (parent.progress instanceof Progress.Parallel loop) {
      loop.begin(iteration);
    } else if (!(parent.progress instanceof Progress.Branches)) {
      clearStep(parent);
    }
  }

  /**
   * Tells a retry of a task, which has the key of the first try, from the flow's coming to the task
   * again, which has not. The innermost {@code try} counts, so that its own retry counts anew.
   */
  private static void countVisit(Execution execution, TaskRun run) {
    Progress.Attempts innermost = null;
    for (TaskRun up = run.parent(); up != null && up.undoing == null; up = up.parent()) {
      if (up.progress instanceof Progress.Attempts attempts && attempts.caught == null) {
        run.retriedScope = up;
        innermost = innermost == null ? attempts : innermost;
      }
    }
    if (innermost != null
        && run.retriedScope != null
        && run.retriedScope.progress instanceof Progress.Attempts outermost) {
      run.undone = Remembering.timesUndone(run, outermost);
      run.visit = innermost.visits.merge(run.idempotencyKey(execution.id()), 1, Integer::sum);
    }
  }

  private static void started(TaskRun run, Event.TaskStarted event, Instant time) {
    if (event.fetch() != null) {
      Schemas.started(run, event, event.fetch(), time);
      return;
    }
    if (run.progress instanceof Progress.Consuming consuming) {
      // What handles messages goes on meanwhile.
      consuming.lastNumber = 0;
      run.become(Status.WAITING);
      run.startedAt = time;
    } else {
      begin(run, Status.RUNNING, time);
    }
    run.attempt = event.attempt();
    run.goesTo(event.node());
    run.epoch = event.epoch();
    switch (run.task()) {
      case Task.Fork fork -> run.progress = new Progress.Branches(fork.branches().tasks().size());
      case Task.Try _ -> run.progress = new Progress.Attempts(time);
      case Task.Extended _ -> run.progress = new Progress.Extending();
      case Task.Listen _ -> {
        run.progress = new Progress.Listening();
        run.become(Status.WAITING);
      }
      case Task.Subscribe _ -> {
        if (!(run.progress instanceof Progress.Consuming)) {
          run.progress = new Progress.Consuming(time);
        }
        run.become(Status.WAITING);
      }
      case Task.Do _,
          Task.Set _,
          Task.Switch _,
          Task.For _,
          Task.Raise _,
          Task.Wait _,
          Task.Emit _,
          Task.Call _,
          Task.CallFunction _,
          Task.Run _,
          Task.RunWorkflow _ -> {}
    }
  }

  private static TaskRun begin(TaskRun run, Status status, Instant time) {
    run.become(status);
    run.startedAt = time;
    run.attempt = Math.max(run.attempt, 1);
    run.data = run.input;
    clearStep(run);
    return run;
  }

  private static void fetched(
      Execution execution, TaskRun run, Event.FunctionFetched event, Instant time) {
    if (event.function() != null) {
      if (!(run.task() instanceof Task.CallFunction call)) {
        throw new IllegalStateException(run.reference() + " calls no function");
      }
      execution.keep(call.function(), FunctionLoader.compile(call.function(), event.function()));
    }
    run.become(Status.PENDING);
    run.pendingSince = time;
    run.goesTo(null);
    run.boundTo = null;
  }

  private static void consumed(
      Execution execution, TaskRun run, Event.CloudEventConsumed event, Instant time) {
    Progress.Listening listening = listening(run);
    if (event.by() != null) {
      execution.addressed.put(
          event.event().id(),
          new Addressed(
              run.id(),
              execution.eventCount - 1,
              listening.consumed.size() - listening.handled.size(),
              event.by(),
              time));
    }
    listening.keys.putAll(event.keys());
    listening.identities.add(event.event().identity());
    if (event.terminal()) {
      listening.terminalFilters.add(event.filter());
    } else {
      listening.consumed.add(event.event());
      listening.filters.add(event.filter());
    }
  }

  private static void handled(Execution execution, TaskRun run, @Nullable JsonNode context) {
    run.data = run.input;
    clearStep(run);
    if (context != null) {
      execution.context = context;
    }
  }

  /** What began was its fetching; the task itself has not. */
  private static void fetchesNoMore(TaskRun run) {
    if (run.fetching != null) {
      run.fetching = null;
      run.startedAt = null;
    }
  }

  private static void retried(Execution execution, TaskRun run, Event.TaskRetried event) {
    run.undoing = null;
    run.attempt = event.attempt();
    run.goesTo(null);
    fetchesNoMore(run);
    run.boundTo = event.node();
    run.error = null;
    if (run.progress instanceof Progress.Consuming) {
      subscribesAgain(execution, run, event.at());
      return;
    }
    execution.runs.removeBelow(run);
    run.data = run.input;
    clearStep(run);
    if (run.progress instanceof Progress.Attempts attempts) {
      attempts.retries++;
      attempts.visits.clear();
      attempts.caught = null;
      attempts.lastStartedAt = event.at();
      attempts.retryAt = event.at();
      run.become(Status.WAITING);
    } else {
      run.become(Status.PENDING);
      run.pendingSince = event.at();
      run.progress = new Progress.Plain();
    }
  }

  /** Its attempt is over, and what handles the message at hand is not. */
  private static void subscribesAgain(Execution execution, TaskRun run, Instant time) {
    run.become(Status.PENDING);
    run.pendingSince = time;
    if (execution.runs.in(run).isEmpty() && run.lastChild == null) {
      run.data = run.input;
    }
  }

  private static void cancelled(Execution execution, TaskRun run) {
    execution.runs.remove(run);
    if (run.parent() != null && run.parent().progress instanceof Progress.Parallel loop) {
      loop.forget(run.iteration());
    }
  }

  private static void completed(Execution execution, TaskRun run, Event.TaskCompleted event) {
    JsonNode output = event.output() != null ? event.output() : run.data();
    if (event.context() != null) {
      execution.context = event.context();
    }
    execution.runs.removeBelow(run);
    execution.runs.remove(run);
    TaskRun parent = run.parent();
    if (parent == null) {
      throw new IllegalStateException("the root of " + execution.id() + " ends with its execution");
    }
    boolean undoes = parent.undoing != null;
    Remembering.completed(execution, run, output);
    if (undoes) {
      return;
    }
    childEnded(parent, run.task(), run.iteration(), output, event.then());
  }

  private static void childEnded(
      TaskRun parent, Task child, int iteration, JsonNode output, @Nullable FlowDirective then) {
    if (parent.progress instanceof Progress.Branches branches) {
      branches.outputs[child.header().position()] = output;
      branches.done++;
      if (parent.directive() instanceof FlowDirective.End) {
        return;
      }
    } else if (parent.progress instanceof Progress.Parallel loop) {
      loop.end(iteration, output);
    } else {
      parent.data = output;
    }
    if (parent.progress instanceof Progress.Extending extending
        && !parent.isExtensionTask(child.header().reference())) {
      extending.result = output;
      extending.next = then;
    }
    parent.lastChild = child;
    parent.next = then;
  }

  private static void clearStep(TaskRun run) {
    run.lastChild = null;
    run.next = null;
    if (run.progress instanceof Progress.Attempts attempts) {
      attempts.retryAt = null;
      run.become(Status.RUNNING);
    }
  }

  private static TaskRun run(Execution execution, long id) {
    TaskRun run = execution.runs.get(id);
    if (run == null) {
      throw new IllegalStateException(
          "the history of " + execution.id() + " names a run that is not there: " + id);
    }
    return run;
  }

  private static Progress.Attempts attempts(TaskRun run) {
    if (run.progress instanceof Progress.Attempts attempts) {
      return attempts;
    }
    throw new IllegalStateException(run.task().header().reference() + " is no try");
  }

  private static Progress.Consuming consuming(TaskRun run) {
    if (run.progress instanceof Progress.Consuming consuming) {
      return consuming;
    }
    throw new IllegalStateException(run.task().header().reference() + " is no subscription");
  }

  private static Progress.Listening listening(TaskRun run) {
    if (run.progress instanceof Progress.Listening listening) {
      return listening;
    }
    throw new IllegalStateException(run.task().header().reference() + " is no listener");
  }
}
