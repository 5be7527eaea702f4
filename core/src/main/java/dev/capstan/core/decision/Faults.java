package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.Catch;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.RetryPolicy;
import dev.capstan.dsl.model.Span;
import dev.capstan.dsl.model.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happens to errors (specification: Fault Tolerance, Errors, Try): they go outwards from the
 * run where they arise until a {@code try} takes them, and fault every run on the way; one that
 * nothing takes faults the execution.
 *
 * <p>Where the specification is silent: with a retry policy and a handler, the policy goes first
 * and the handler has its turn once the policy allows no more; without a handler the error then
 * goes on outwards. A {@code catch} with neither swallows the error.
 */
final class Faults {
  /** Where the deadline of a document stands. */
  static final String DOCUMENT_DEADLINE = "/document/metadata/capstan/deadline";

  /** What an error is about that is of no task, and of no setting either. */
  static final String WHOLE = "/do";

  private static final Duration LONGEST_DELAY = Duration.ofDays(365);

  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;
  private final Scopes scopes;
  private final Releases releases;

  Faults(Turn turn, Interpreter interpreter, Scopes scopes, Releases releases) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
    this.scopes = scopes;
    this.releases = releases;
  }

  /** Faults a run that raised an error object. */
  void raise(TaskRun run, JsonNode error) {
    JsonNode type = error.path("type");
    JsonNode status = error.path("status");
    if (!type.isTextual() || !status.canConvertToInt()) {
      throw new TaskFailure(
          ErrorType.CONFIGURATION,
          "an error needs a type, which is a URI, and a status, which is an integer",
          run.reference());
    }
    fault(
        run,
        new WorkflowError(
            type.textValue(),
            status.intValue(),
            text(error, "title"),
            text(error, "detail"),
            text(error, "instance")));
  }

  private static @Nullable String text(JsonNode error, String member) {
    JsonNode value = error.get(member);
    return value == null || value.isNull() ? null : value.asText();
  }

  /** Ends a run by an error, which then looks for somebody to take it. */
  void fault(TaskRun run, WorkflowError raised) {
    WorkflowError error = raised.at(run.reference());
    if (run.parent() == null) {
      failExecution(error);
      return;
    }
    releases.cancelBelow(run, "the task around it faulted");
    releases.release(run);
    turn.record(new Event.TaskFaulted(run.id(), error));
    propagate(run.parent(), error);
  }

  private void propagate(@Nullable TaskRun from, WorkflowError raised) {
    WorkflowError error = raised;
    for (TaskRun run = from; run != null && run.parent() != null; run = run.parent()) {
      if (run.undoing() != null) {
        turn.next(new Step.Proceed(run.id()));
        return;
      }
      releases.cancelBelow(run, "a neighbour faulted");
      if (Looping.collects(run) && execution.failedCompensations().isEmpty()) {
        interpreter.looping().collect(run, error);
        return;
      }
      if (run.task() instanceof Task.Try task
          && run.progress() instanceof Progress.Attempts attempts
          && attempts.caught() == null
          && execution.failedCompensations().isEmpty()) {
        try {
          if (takes(run, task.handler(), error)
              && (undoes(run, task.handler(), attempts, error)
                  || caught(run, task.handler(), attempts, error))) {
            return;
          }
        } catch (TaskFailure e) {
          error = e.error().at(run.reference());
        }
      }
      releases.release(run);
      turn.record(new Event.TaskFaulted(run.id(), error));
    }
    if (execution.root().undoing() != null) {
      turn.next(new Step.Proceed(0));
    } else {
      failExecution(error);
    }
  }

  /** Begins to undo what has completed in a {@code try} that is to go on after an error. */
  private boolean undoes(
      TaskRun run, Catch handler, Progress.Attempts attempts, WorkflowError error) {
    RetryPolicy policy = handler.retry();
    boolean goesOn =
        run.nextToUndo() != null
            && (handler.body() != null
                || policy == null
                || nextAttempt(run, handler, policy, attempts, error) != null);
    if (!goesOn || !interpreter.compensating().start(run, error)) {
      return false;
    }
    disarmAttemptTimeout(run);
    return true;
  }

  /** Goes on with the error that a {@code try} took, once what had completed in it is undone. */
  void undone(TaskRun run, WorkflowError caught) {
    WorkflowError error = caught;
    try {
      if (run.task() instanceof Task.Try task
          && run.progress() instanceof Progress.Attempts attempts
          && caught(run, task.handler(), attempts, error)) {
        return;
      }
    } catch (TaskFailure e) {
      error = e.error().at(run.reference());
    }
    releases.release(run);
    turn.record(new Event.TaskFaulted(run.id(), error));
    propagate(run.parent(), error);
  }

  /**
   * Ends the execution by an error, once what has completed in it is undone. Runs that are alive
   * fault with it, so that a retry finds them.
   */
  void failExecution(WorkflowError raised) {
    TaskRun root = execution.root();
    WorkflowError failure = interpreter.compensating().failure();
    WorkflowError error = failure != null && root.undoing() == null ? failure : raised;
    turn.dropSteps();
    interpreter.schemas().abandonRoot("the execution faulted");
    faultAll(error);
    Instant deadline = execution.deadline();
    if (root.undoing() != null || !interpreter.compensating().start(root, error)) {
      end(error);
    } else if (deadline != null) {
      turn.effect(new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.EXECUTION_TIMEOUT, 0)));
    }
  }

  private void faultAll(WorkflowError error) {
    for (TaskRun run : execution.runsBelow(execution.root())) {
      if (run.error() == null) {
        releases.abandon(run, "the execution faulted");
        turn.record(
            run.isInCompensation()
                ? new Event.TaskCancelled(run.id(), "the execution faulted")
                : new Event.TaskFaulted(run.id(), error));
      }
    }
  }

  /** Ends the execution by an error, with nothing left in it. */
  void end(WorkflowError error) {
    turn.record(new Event.ExecutionFaulted(error));
    releases.ended(new Outcome.Faulted(error));
  }

  /** Ends a run whose time is up. */
  void timeOut(TaskRun run) {
    releases.abandon(run, "its time is up");
    fault(run, timeout(run));
  }

  /** What is said of a run that did not end in time. */
  static WorkflowError timeout(TaskRun run) {
    return ErrorType.TIMEOUT.error(late("task", run.deadline(), run.notAfter()), run.reference());
  }

  /** Ends the execution, whose time is up. */
  void timeOutExecution() {
    boolean isDeadline = Objects.equals(execution.deadline(), execution.notAfter());
    failExecution(
        ErrorType.TIMEOUT.error(
            late("execution", execution.deadline(), execution.notAfter()),
            isDeadline ? deadlineReference() : "/timeout"));
  }

  /** The deadline of the document, or the tasks that did not end by that of the start. */
  private String deadlineReference() {
    Template deadline = execution.definition().deadline();
    Instant startedAt = execution.startedAt();
    if (deadline == null || startedAt == null) {
      return WHOLE;
    }
    Scope scope = scopes.starting(execution.rawInput(), execution.input(), startedAt);
    try {
      Instant moment = Ending.moment(deadline, execution.input(), scope, DOCUMENT_DEADLINE);
      return Objects.equals(moment, execution.notAfter()) ? DOCUMENT_DEADLINE : WHOLE;
    } catch (TaskFailure e) {
      return WHOLE;
    }
  }

  private static String late(String what, @Nullable Instant at, @Nullable Instant notAfter) {
    return Objects.equals(at, notAfter)
        ? "the " + what + " did not end by its deadline, " + at
        : "the " + what + " did not end within its timeout";
  }

  /** Ends a run that no node took in time, or none fetched a schema for. */
  void timeOutWaiting(TaskRun run) {
    ExternalSchema missing = execution.missingSchema(run);
    releases.abandon(run, "no node took it in time");
    fault(
        run,
        ErrorType.TIMEOUT.error(
            (missing == null ? "no node took the task" : "no node took the fetching of its schema")
                + " within the time that it may wait (metadata.capstan.queueTimeout)",
            missing == null ? run.reference() : missing.reference()));
  }

  /** Ends one run of a {@code try} whose time is up; the error is raised inside it. */
  void timeOutAttempt(TaskRun run) {
    propagate(
        run, ErrorType.TIMEOUT.error("the attempt did not end within its limit", run.reference()));
  }

  private boolean takes(TaskRun run, Catch handler, WorkflowError error) {
    if (handler.filter() != null && !ErrorMatching.matches(handler.filter(), error)) {
      return false;
    }
    Scope scope = withError(run, handler, error);
    return holds(run, handler.when(), scope, error, true)
        && !holds(run, handler.exceptWhen(), scope, error, false);
  }

  private boolean holds(
      TaskRun run,
      @Nullable Expression condition,
      Scope scope,
      WorkflowError error,
      boolean otherwise) {
    if (condition == null) {
      return otherwise;
    }
    return DataFlow.evaluate(run.reference(), () -> condition.test(error.toJson(), scope));
  }

  private Scope withError(TaskRun run, Catch handler, WorkflowError error) {
    return scopes.of(run).with(name -> name.equals(handler.as()) ? error.toJson() : null);
  }

  /**
   * Does what a {@code catch} says; false when its retries are used up and it has no handler, so
   * that the error goes on.
   */
  private boolean caught(
      TaskRun run, Catch handler, Progress.Attempts attempts, WorkflowError error) {
    RetryPolicy policy = handler.retry();
    if (policy != null) {
      Instant at = nextAttempt(run, handler, policy, attempts, error);
      if (at != null) {
        retry(run, attempts, error, at);
        return true;
      }
    }
    if (handler.body() == null && policy != null) {
      return false;
    }
    disarmAttemptTimeout(run);
    turn.record(new Event.ErrorCaught(run.id(), error));
    if (handler.body() == null) {
      interpreter.finish(run, null, handler.then());
    } else {
      turn.next(new Step.Enter(run.id(), handler.body(), 0, 0));
    }
    return true;
  }

  private @Nullable Instant nextAttempt(
      TaskRun run,
      Catch handler,
      RetryPolicy policy,
      Progress.Attempts attempts,
      WorkflowError error) {
    Scope scope = withError(run, handler, error);
    if (!holds(run, policy.when(), scope, error, true)
        || holds(run, policy.exceptWhen(), scope, error, false)) {
      return null;
    }
    if (policy.attemptCount() != null && attempts.retries() >= policy.attemptCount()) {
      return null;
    }
    Instant now = turn.moment().now();
    Instant at = now.plus(delay(run, policy, attempts.retries() + 1));
    if (policy.totalDuration() != null) {
      Instant last = span(run, policy.totalDuration(), attempts.firstStartedAt());
      if (at.isAfter(last)) {
        return null;
      }
    }
    return at;
  }

  private Duration delay(TaskRun run, RetryPolicy policy, int retry) {
    Instant now = turn.moment().now();
    Duration base =
        policy.delay() == null
            ? Duration.ZERO
            : Duration.between(now, span(run, policy.delay(), now));
    double factor =
        switch (policy.backoff()) {
          case CONSTANT -> 1;
          case LINEAR -> retry;
          case EXPONENTIAL -> StrictMath.pow(2, Math.min(retry - 1, 60));
        };
    double millis = (double) base.toMillis() * factor;
    RetryPolicy.Jitter jitter = policy.jitter();
    if (jitter != null) {
      long from = Duration.between(now, span(run, jitter.from(), now)).toMillis();
      long to = Duration.between(now, span(run, jitter.to(), now)).toMillis();
      millis += from + (to - from) * turn.chance(run.id() * 31 + retry);
    }
    return Duration.ofMillis(Math.round(Math.min(millis, (double) LONGEST_DELAY.toMillis())));
  }

  private Instant span(TaskRun run, Span span, Instant start) {
    return DataFlow.evaluate(run.reference(), () -> span.evaluate(run.input(), scopes.of(run)))
        .addTo(start);
  }

  private void retry(TaskRun run, Progress.Attempts attempts, WorkflowError error, Instant at) {
    disarmAttemptTimeout(run);
    int retry = attempts.retries() + 1;
    turn.record(new Event.TaskRetried(run.id(), run.attempt() + 1, at, error, "retry " + retry));
    if (at.isAfter(turn.moment().now())) {
      turn.effect(new Effect.ArmTimer(new TimerKey(TimerKey.Kind.RETRY, run.id()), at));
    } else {
      runAgain(run);
    }
  }

  /** Begins the next run of a {@code try} whose back-off is over. */
  void runAgain(TaskRun run) {
    if (run.task() instanceof Task.Try task) {
      try {
        startAttempt(run, task);
      } catch (TaskFailure e) {
        fault(run, e.error());
      }
    }
  }

  /** Enters the body of a {@code try}, under the time limit of one attempt if there is one. */
  void startAttempt(TaskRun run, Task.Try task) {
    Instant limit = attemptDeadline(run, turn.moment().now());
    if (limit != null) {
      turn.effect(
          new Effect.ArmTimer(new TimerKey(TimerKey.Kind.ATTEMPT_TIMEOUT, run.id()), limit));
    }
    turn.next(new Step.Enter(run.id(), task.body(), 0, 0));
  }

  /**
   * When an attempt of a {@code try} that began at {@code start} is over; null when nothing limits
   * it.
   */
  @Nullable Instant attemptDeadline(TaskRun run, Instant start) {
    RetryPolicy policy = run.task() instanceof Task.Try task ? task.handler().retry() : null;
    return policy == null || policy.attemptDuration() == null
        ? null
        : span(run, policy.attemptDuration(), start);
  }

  static boolean hasAttemptTimeout(TaskRun run) {
    return run.task() instanceof Task.Try task
        && task.handler().retry() != null
        && task.handler().retry().attemptDuration() != null;
  }

  private void disarmAttemptTimeout(TaskRun run) {
    if (hasAttemptTimeout(run)) {
      turn.effect(new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.ATTEMPT_TIMEOUT, run.id())));
    }
  }
}
