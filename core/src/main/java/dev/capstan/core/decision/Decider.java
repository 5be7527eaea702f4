package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.core.migration.Plan;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happens next in an execution. A function of state, command and moment: no clock, no chance,
 * no I/O. The events that it answers with have already been applied to the state it was given.
 */
public final class Decider {
  private static final Decision.Accepted NOTHING = new Decision.Accepted(List.of(), List.of());

  private final Settings settings;

  /** A decider for one process. Stateless; may be shared. */
  public Decider(Settings settings) {
    this.settings = settings;
  }

  /**
   * Decides one command. An accepted {@link Command.Assign} whose effects hold no {@link
   * Effect.Dispatch} has ended the task instead, or has it wait anew (another {@link
   * Effect.Enqueue}), so that its place is free.
   *
   * @param execution the present state; afterwards it includes the events of the decision
   */
  public Decision decide(Execution execution, Command command, Moment moment) {
    if (command instanceof Command.Start start) {
      return start(execution, start, moment);
    }
    if (!execution.exists()) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE, "there is no execution " + execution.id());
    }
    return switch (command) {
      case Command.Start start -> start(execution, start, moment);
      case Command.Assign assign -> assign(execution, assign, moment);
      case Command.ReportOutput report -> report(execution, report, moment);
      case Command.ReportFault report -> report(execution, report, moment);
      case Command.ReportReturned report -> report(execution, report, moment);
      case Command.DeliverMessage deliver -> deliver(execution, deliver, moment);
      case Command.FireTimer fire -> fire(execution, fire.key(), moment);
      case Command.DeliverCloudEvent deliver -> deliver(execution, deliver, moment);
      case Command.Tell tell -> interacting(execution, moment).tell(tell);
      case Command.AssignHumanTask assign -> interacting(execution, moment).assign(assign);
      case Command.ChildEnded ended -> childEnded(execution, ended, moment);
      case Command.Cancel cancel -> cancel(execution, cancel, moment);
      case Command.Suspend suspend -> suspend(execution, suspend, moment);
      case Command.Resume resume -> resume(execution, resume, moment);
      case Command.Retry retry -> retry(execution, retry, moment);
      case Command.Migrate migrate -> migrate(execution, migrate, moment);
    };
  }

  /**
   * What has to be done for a running execution by a leader that has just taken over: the effects
   * of decisions that may not have been carried out. A suspended one still hears. Attempts on nodes
   * are not among them: they run on, and come back by report or by the loss of their node.
   */
  public List<Effect> pending(Execution execution, Moment moment) {
    if (!execution.exists() || execution.status().hasEnded()) {
      return List.of();
    }
    if (execution.isSuspended()) {
      return Pending.subscriptions(execution);
    }
    return Pending.effects(execution, settings, moment);
  }

  private Decision start(Execution execution, Command.Start start, Moment moment) {
    if (execution.exists()) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE, "execution " + execution.id() + " has started already");
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    Definition definition = execution.definition();
    WorkflowReference workflow = WorkflowReference.to(definition);
    JsonNode input = start.input();
    Ending ending = Ending.NEVER.atLast(start.deadline());
    boolean unchecked = interpreter.schemas().isUnknown(definition.input());
    WorkflowError failure = null;
    try {
      Scopes scopes = interpreter.scopes();
      Scope scope = scopes.starting(start.input(), null, moment.now());
      input = interpreter.schemas().input(definition.input(), start.input(), scope, "/input");
      Scope started = scopes.starting(start.input(), input, moment.now());
      ending =
          Ending.of(
                  definition.timeout(),
                  definition.deadline(),
                  input,
                  started,
                  moment.now(),
                  "/timeout",
                  Faults.DOCUMENT_DEADLINE)
              .atLast(start.deadline());
    } catch (TaskFailure e) {
      failure = e.error();
    }
    turn.record(
        new Event.ExecutionStarted(
            workflow,
            start.input(),
            DataFlow.isSame(input, start.input()) ? null : input,
            start.parent(),
            start.labels(),
            ending.deadline(),
            start.startedBy(),
            start.predecessor(),
            ending.notAfter(),
            unchecked ? failure : null));
    Predecessor before = start.predecessor();
    if (before != null) {
      ParentReference waiting = new ParentReference(before.execution(), before.task(), true);
      Outcome begun = new Outcome.Continued(execution.id());
      turn.effect(new Effect.Send(new Message.NotifyParent(waiting, execution.id(), begun)));
    }
    if (failure != null && !unchecked) {
      interpreter.faults().failExecution(failure);
      return turn.accepted();
    }
    if (ending.hasPassed(moment.now())) {
      interpreter.faults().timeOutExecution();
      return turn.accepted();
    }
    if (ending.deadline() != null) {
      turn.effect(
          new Effect.ArmTimer(new TimerKey(TimerKey.Kind.EXECUTION_TIMEOUT, 0), ending.deadline()));
    }
    turn.later(
        execution.root().status() == Status.PENDING
            ? new Step.Begin(0)
            : new Step.Enter(0, definition.tasks(), 0, 0));
    interpreter.walk();
    return turn.accepted();
  }

  private Decision assign(Execution execution, Command.Assign assign, Moment moment) {
    TaskRun run = execution.run(assign.task());
    if (run == null
        || !SchemaFetching.waitsForNode(execution, run)
        || execution.isSuspended()
        || execution.status().hasEnded()) {
      return new Decision.Rejected(
          Decision.Reason.NOT_WAITING, "the task does not wait for a node");
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    ExternalSchema missing = execution.missingSchema(run);
    if (missing != null) {
      interpreter.schemas().assign(run, missing, assign);
      interpreter.walk();
      return turn.accepted();
    }
    if (interpreter.functions().isKnown(run)) {
      interpreter.begin(run);
      interpreter.walk();
      return turn.accepted();
    }
    try {
      Work work = work(execution, interpreter, run);
      int attempt = Math.max(run.attempt(), 1);
      interpreter.releases().stopWaiting(run);
      turn.record(new Event.TaskStarted(run.id(), attempt, assign.node(), assign.epoch()));
      if (run.task() instanceof Task.Subscribe subscribe) {
        interpreter.subscribing().started(run, subscribe);
      }
      turn.effect(
          new Effect.Dispatch(
              new AttemptToken(execution.id(), run.id(), attempt, assign.epoch()),
              assign.node(),
              work.kind(),
              run.task().name(),
              run.reference(),
              work.arguments(),
              Waiting.idempotencyKey(run, execution.id()),
              run.nearestDeadline(execution.deadline()),
              interpreter.waiting().recovery(run) == RecoveryStrategy.FAIL));
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
      interpreter.walk();
    }
    return turn.accepted();
  }

  /** What a node needs to run a task. */
  private record Work(String kind, JsonNode arguments) {}

  private Work work(Execution execution, Interpreter interpreter, TaskRun run) {
    Scope scope = interpreter.scopes().of(run);
    Calls calls = new Calls(execution, settings, run, scope);
    return switch (run.task()) {
      case Task.Call call -> new Work(Calls.kind(run, call, scope), calls.arguments(call));
      case Task.Subscribe subscribe -> new Work(Calls.MESSAGES, calls.arguments(subscribe));
      case Task.CallFunction call ->
          new Work(Fetching.KIND, interpreter.functions().arguments(run, call, scope));
      case Task.Run process -> new Work(Calls.kind(run, process, scope), calls.arguments(process));
      case Task.Do _,
          Task.Set _,
          Task.Switch _,
          Task.For _,
          Task.Fork _,
          Task.Try _,
          Task.Raise _,
          Task.Wait _,
          Task.Emit _,
          Task.Listen _,
          Task.RunWorkflow _,
          Task.Extended _ ->
          throw new IllegalStateException(run.reference() + " runs on no node");
    };
  }

  private @Nullable TaskRun attempt(Execution execution, AttemptToken token) {
    TaskRun run = execution.run(token.task());
    boolean present =
        run != null
            && run.node() != null
            && run.attempt() == token.attempt()
            && run.epoch() == token.epoch();
    return present ? run : null;
  }

  private static Decision stale(AttemptToken token) {
    return new Decision.Rejected(
        Decision.Reason.STALE_TOKEN,
        "attempt "
            + token.attempt()
            + " of task "
            + token.task()
            + " under epoch "
            + token.epoch()
            + " is not the present one");
  }

  private Decision report(Execution execution, Command.ReportOutput report, Moment moment) {
    TaskRun run = attempt(execution, report.token());
    if (run == null) {
      return stale(report.token());
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    if (run.fetching() != null) {
      interpreter.schemas().fetched(run, run.fetching(), report.output());
    } else if (run.task() instanceof Task.CallFunction call) {
      fetched(interpreter, run, call, report.output());
    } else if (run.task() instanceof Task.Subscribe) {
      interpreter
          .faults()
          .fault(
              run,
              ErrorType.COMMUNICATION.error(
                  "the subscription ended by itself before enough was consumed", run.reference()));
    } else {
      boolean awaited = !(run.task() instanceof Task.Run process) || process.await();
      interpreter.finish(run, awaited ? report.output() : null, null);
    }
    interpreter.walk();
    return turn.accepted();
  }

  private Decision report(Execution execution, Command.ReportFault report, Moment moment) {
    TaskRun run = attempt(execution, report.token());
    if (run == null) {
      return stale(report.token());
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    if (run.fetching() != null) {
      interpreter.schemas().failed(run, run.fetching(), report.error());
    } else if (run.task() instanceof Task.CallFunction call
        && interpreter.functions().isKnown(run)) {
      fetched(interpreter, run, call, NullNode.getInstance());
    } else {
      interpreter.faults().fault(run, report.error());
    }
    interpreter.walk();
    return turn.accepted();
  }

  private static void fetched(
      Interpreter interpreter, TaskRun run, Task.CallFunction call, JsonNode content) {
    try {
      interpreter.functions().fetched(run, call, content);
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  private Decision report(Execution execution, Command.ReportReturned report, Moment moment) {
    TaskRun run = attempt(execution, report.token());
    if (run == null) {
      return stale(report.token());
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    switch (report.how()) {
      case UNTOUCHED -> goesBack(turn, run, report.reason(), run.boundTo());
      case LOST -> recover(turn, interpreter, run, report);
      case MOVED -> {
        turn.effect(new Effect.CancelAttempt(report.token(), Objects.requireNonNull(run.node())));
        recover(turn, interpreter, run, report);
      }
    }
    interpreter.walk();
    return turn.accepted();
  }

  private static void recover(
      Turn turn, Interpreter interpreter, TaskRun run, Command.ReportReturned report) {
    switch (interpreter.waiting().recovery(run)) {
      case REASSIGN -> goesBack(turn, run, report.reason(), null);
      case RETRY_SAME_NODE -> {
        boolean maySoonBeBack = report.how() == Command.Return.LOST;
        goesBack(turn, run, report.reason(), maySoonBeBack ? run.node() : null);
      }
      case FAIL ->
          interpreter
              .faults()
              .fault(
                  run,
                  ErrorType.RUNTIME.error(
                      report.reason() + "; the task is not to run again (recovery: fail)",
                      run.reference()));
    }
  }

  /**
   * A task waits for a node again.
   *
   * @param node the only one that will do; null for any
   */
  private static void goesBack(Turn turn, TaskRun run, String reason, @Nullable String node) {
    turn.record(
        new Event.TaskRetried(
            run.id(), run.attempt() + 1, turn.moment().now(), null, reason, node));
    turn.later(new Step.Begin(run.id()));
  }

  private Decision fire(Execution execution, TimerKey key, Moment moment) {
    if (execution.isSuspended() || execution.status().hasEnded()) {
      return NOTHING;
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    TaskRun run = execution.run(key.task());
    if (run != null) {
      new DueTimer(turn, interpreter).fire(run, key.kind());
    }
    interpreter.walk();
    return turn.accepted();
  }

  private Decision deliver(Execution execution, Command.DeliverCloudEvent deliver, Moment moment) {
    TaskRun run = execution.run(deliver.task());
    if (run == null || execution.status().hasEnded()) {
      return new Decision.Rejected(Decision.Reason.NOT_WAITING, "the task does not listen");
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    if (!interpreter.listening().deliver(run, deliver.event(), null)) {
      return NOTHING;
    }
    interpreter.walk();
    return turn.accepted();
  }

  /** Of a suspended execution nothing is taken: the message comes again when it goes on. */
  private Decision deliver(Execution execution, Command.DeliverMessage deliver, Moment moment) {
    TaskRun run = attempt(execution, deliver.token());
    if (run == null) {
      return stale(deliver.token());
    }
    if (!(run.task() instanceof Task.Subscribe task)) {
      return new Decision.Rejected(Decision.Reason.NOT_WAITING, "the task does not subscribe");
    }
    if (execution.isSuspended()) {
      return NOTHING;
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    interpreter.subscribing().deliver(run, task, deliver.number(), deliver.message());
    interpreter.walk();
    return turn.accepted();
  }

  private Interacting interacting(Execution execution, Moment moment) {
    Turn turn = new Turn(execution, moment);
    return new Interacting(turn, new Interpreter(turn, settings));
  }

  private Decision childEnded(Execution execution, Command.ChildEnded ended, Moment moment) {
    TaskRun run = execution.run(ended.task());
    if (run == null
        || !(run.progress() instanceof Progress.Child child)
        || !child.execution().equals(ended.execution())
        || run.status() == Status.FAULTED) {
      return new Decision.Rejected(
          Decision.Reason.NOT_WAITING, "the task does not wait for this execution");
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    switch (ended.outcome()) {
      case Outcome.Continued continued ->
          interpreter.continuing().begun(run, continued.execution());
      case Outcome.Completed completed -> interpreter.finish(run, completed.output(), null);
      case Outcome.Faulted faulted -> {
        WorkflowError error = faulted.error();
        interpreter
            .faults()
            .fault(
                run,
                new WorkflowError(
                    error.type(), error.status(), error.title(), error.detail(), run.reference()));
      }
      case Outcome.Cancelled cancelled ->
          interpreter
              .faults()
              .fault(
                  run,
                  ErrorType.RUNTIME.error(
                      "the execution "
                          + ended.execution()
                          + " was cancelled"
                          + (cancelled.reason() == null ? "" : ": " + cancelled.reason()),
                      run.reference()));
    }
    interpreter.walk();
    return turn.accepted();
  }

  private Decision cancel(Execution execution, Command.Cancel cancel, Moment moment) {
    if (execution.status().hasEnded()) {
      return hasEnded(execution);
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    String reason = cancel.reason() == null ? "cancelled by " + cancel.by() : cancel.reason();
    interpreter.releases().cancelBelow(execution.root(), reason);
    interpreter.schemas().abandonRoot(reason);
    turn.record(new Event.ExecutionCancelled(cancel.by(), cancel.reason()));
    interpreter.releases().ended(new Outcome.Cancelled(cancel.reason()));
    return turn.accepted();
  }

  private Decision suspend(Execution execution, Command.Suspend suspend, Moment moment) {
    if (execution.status().hasEnded()) {
      return hasEnded(execution);
    }
    if (execution.isSuspended()) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE, "execution " + execution.id() + " is suspended already");
    }
    Turn turn = new Turn(execution, moment);
    turn.record(new Event.ExecutionSuspended(suspend.by(), suspend.reason()));
    for (TaskRun run : execution.runs()) {
      if (SchemaFetching.waitsForNode(execution, run)) {
        turn.effect(new Effect.Withdraw(run.id()));
      }
    }
    return turn.accepted();
  }

  private Decision resume(Execution execution, Command.Resume resume, Moment moment) {
    if (!execution.isSuspended()) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE,
          "execution " + execution.id() + " is " + execution.status().word() + ", not suspended");
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    turn.record(new Event.ExecutionResumed(resume.by()));
    Pending.timers(execution, interpreter, moment).forEach(turn::effect);
    new Resumption(turn, interpreter).resume();
    interpreter.walk();
    return turn.accepted();
  }

  private Decision retry(Execution execution, Command.Retry retry, Moment moment) {
    if (execution.status() != Status.FAULTED) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE,
          "execution "
              + execution.id()
              + " is "
              + execution.status().word()
              + "; only a faulted one can be retried");
    }
    Instant deadline = execution.notAfter();
    if (deadline != null && !deadline.isAfter(moment.now())) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE,
          "the deadline of execution "
              + execution.id()
              + " has passed, "
              + deadline
              + "; start another one");
    }
    if (execution.nextRun() == 1 && execution.root().lastChild() == null) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE,
          "execution " + execution.id() + " faulted before its first task; start another one");
    }
    if (execution.hasCompensated() || !execution.failedCompensations().isEmpty()) {
      return new Decision.Rejected(
          Decision.Reason.WRONG_STATE,
          "execution "
              + execution.id()
              + " has undone what it had done before it faulted; start another one");
    }
    Turn turn = new Turn(execution, moment);
    Interpreter interpreter = new Interpreter(turn, settings);
    List<TaskRun> faulted = innermostFaulted(execution);
    turn.record(new Event.ExecutionRetried(retry.by()));
    String reason = "retried by " + retry.by();
    List<TaskRun> neverBegan = faulted.stream().filter(run -> run.startedAt() == null).toList();
    for (TaskRun run : faulted) {
      if (run.startedAt() != null) {
        turn.record(new Event.TaskRetried(run.id(), run.attempt() + 1, moment.now(), null, reason));
      }
    }
    Pending.timers(execution, interpreter, moment).forEach(turn::effect);
    Pending.subscriptions(execution).forEach(turn::effect);
    Resumption resumption = new Resumption(turn, interpreter);
    resumption.resume(neverBegan);
    neverBegan.forEach(run -> resumption.enterAgain(run, reason));
    interpreter.walk();
    return turn.accepted();
  }

  private Decision migrate(Execution execution, Command.Migrate migrate, Moment moment) {
    Status status = execution.status();
    if (status.hasEnded() && status != Status.FAULTED) {
      return hasEnded(execution);
    }
    Plan plan = Plan.of(execution, migrate.to(), migrate.given());
    if (!plan.canMove()) {
      return new Decision.Rejected(Decision.Reason.CANNOT_MOVE, plan.firstProblem());
    }
    if (plan.isThere()) {
      return NOTHING;
    }
    Turn turn = new Turn(execution, moment);
    new Migrating(turn, new Interpreter(turn, settings)).move(plan, migrate.by());
    return turn.accepted();
  }

  /**
   * The runs that a retry has to begin again. One that holds tasks of which the last has ended is
   * not among them: it only goes on after that.
   */
  private static List<TaskRun> innermostFaulted(Execution execution) {
    return execution.runs().stream()
        .filter(run -> run.status() == Status.FAULTED && run.lastChild() == null)
        .filter(run -> execution.runsIn(run).isEmpty())
        .toList();
  }

  private static Decision hasEnded(Execution execution) {
    return new Decision.Rejected(
        Decision.Reason.WRONG_STATE,
        "execution " + execution.id() + " is " + execution.status().word() + " already");
  }
}
