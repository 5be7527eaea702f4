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
   * @param lost finds those that are left, in each turn
   * @param begun whether the nodes may have begun to run them
   */
  SessionLostWork(Function<Attempts, List<Attempts.Attempt>> lost, String reason, boolean begun) {
    this.lost = lost;
    this.reason = reason;
    this.begun = begun;
  }

  @Override
  public boolean proceed(Turn turn) {
    return takeBack(
        turn,
        lost.apply(turn.holdings().attempts),
        reason,
        begun ? Command.Return.LOST : Command.Return.UNTOUCHED);
  }

  /**
   * Takes attempts back, as many as the batch has room for.
   *
   * @param how whether the nodes may have begun to run them, and may come back
   * @return whether these were all
   */
  static boolean takeBack(
      Turn turn, List<Attempts.Attempt> attempts, String reason, Command.Return how) {
    for (Attempts.Attempt attempt : attempts) {
      if (turn.isFull()) {
        return false;
      }
      try {
        new ReportWork(
                attempt.run().execution(), new Command.ReportReturned(attempt.token(), reason, how))
            .proceed(turn);
      } catch (Poisoned alone) {
        // Counted and logged where it was thrown; the other attempts come back.
      }
    }
    return true;
  }

  /** A new leader looks for lost sessions itself. */
  @Override
  public void refuse(Refusal ignored) {}
}
