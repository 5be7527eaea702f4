package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.server.gateway.Refusal;
import java.util.List;
import java.util.function.Function;

/** Takes attempts back that nobody will report. */
final class SessionLostWork implements Work {
  private final Function<Attempts, List<Attempts.Attempt>> lost;
  private final String reason;
  private final boolean begun;

  /**
   * @param lost finds them
   * @param begun whether the nodes may have begun to run them
   */
  SessionLostWork(Function<Attempts, List<Attempts.Attempt>> lost, String reason, boolean begun) {
    this.lost = lost;
    this.reason = reason;
    this.begun = begun;
  }

  @Override
  public boolean proceed(Turn turn) {
    Holdings holdings = turn.holdings();
    holdings.returning.add(
        lost.apply(holdings.attempts),
        reason,
        begun ? Command.Return.LOST : Command.Return.UNTOUCHED);
    return true;
  }

  /** A new leader looks for lost sessions itself. */
  @Override
  public void refuse(Refusal ignored) {}
}
