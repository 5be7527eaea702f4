package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What a node says about an attempt. Nobody waits for it, and it can't be sent back: an output that
 * can't be taken faults the task instead, with the reason.
 */
final class ReportWork implements Work {
  private static final int AUDITED = 1_000;

  private final String execution;
  private final Command report;

  ReportWork(String execution, Command report) {
    this.execution = execution;
    this.report = report;
  }

  @Override
  public boolean proceed(Turn turn) {
    LiveExecution live = turn.find(execution);
    if (live == null) {
      turn.counters().unknownReports.increment();
      return true;
    }
    Command taken = withinLimit(turn);
    try {
      decide(turn, live, taken);
    } catch (Poisoned failure) {
      AttemptToken sender =
          taken instanceof Command.ReportOutput || taken instanceof Command.DeliverMessage
              ? tokenOf(taken)
              : null;
      if (sender == null) {
        throw failure;
      }
      decide(turn, live, fault(sender, ErrorType.RUNTIME, failure.reason()));
    }
    return true;
  }

  private Command withinLimit(Turn turn) {
    int limit = turn.limits().payloadBytes();
    if (report instanceof Command.ReportOutput output
        && JsonSize.of(output.output(), limit) > limit) {
      return fault(
          output.token(),
          ErrorType.VALIDATION,
          "The output has more than the " + limit + " bytes that are allowed.");
    }
    if (report instanceof Command.DeliverMessage delivery
        && JsonSize.of(delivery.message(), limit) > limit) {
      return fault(
          delivery.token(),
          ErrorType.VALIDATION,
          "A message has more than the " + limit + " bytes that are allowed.");
    }
    return report;
  }

  private static Command fault(AttemptToken token, ErrorType type, String detail) {
    WorkflowError error = type.error(detail, null);
    return new Command.ReportFault(token, error);
  }

  private static void decide(Turn turn, LiveExecution live, Command report) {
    if (turn.decide(live, report) instanceof Decision.Rejected rejected
        && rejected.reason() == Decision.Reason.STALE_TOKEN
        // A message that crosses with the end of its subscription is nothing to tell.
        && !(report instanceof Command.DeliverMessage)) {
      stale(turn, live, report, rejected);
    }
  }

  private static void stale(
      Turn turn, LiveExecution live, Command report, Decision.Rejected rejected) {
    turn.counters().staleTokens.increment();
    AttemptToken token = tokenOf(report);
    if (token == null) {
      return;
    }
    Attempts.Attempt attempt = turn.holdings().attempts.find(live.run(token.task()));
    if (attempt != null && attempt.token().equals(token)) {
      turn.bookkeeper().leaves(live, token.task());
    }
    if (turn.draft().audits() < AUDITED) {
      turn.draft()
          .audit(
              "node",
              "attempt.report",
              live.id() + "#" + token.task(),
              "refused",
              rejected.detail());
    }
  }

  static @Nullable AttemptToken tokenOf(Command report) {
    return switch (report) {
      case Command.ReportOutput r -> r.token();
      case Command.ReportFault r -> r.token();
      case Command.ReportReturned r -> r.token();
      case Command.DeliverMessage d -> d.token();
      case Command.Start _,
          Command.Assign _,
          Command.FireTimer _,
          Command.DeliverCloudEvent _,
          Command.Tell _,
          Command.AssignHumanTask _,
          Command.ChildEnded _,
          Command.Cancel _,
          Command.Suspend _,
          Command.Resume _,
          Command.Retry _,
          Command.Migrate _ ->
          null;
    };
  }

  /** Nobody waits. A new leader finds the attempt in its rows. */
  @Override
  public void refuse(Refusal reason) {}
}
