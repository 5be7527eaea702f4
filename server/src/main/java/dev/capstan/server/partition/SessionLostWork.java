package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.server.gateway.Refusal;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes attempts back from nodes that no longer have a session. */
final class SessionLostWork implements Work {
  private final Function<Attempts, List<Attempts.Attempt>> lost;
  private final String reason;
  private @Nullable Iterator<Attempts.Attempt> left;

  /**
   * @param lost finds the attempts when the turn has come
   */
  SessionLostWork(Function<Attempts, List<Attempts.Attempt>> lost, String reason) {
    this.lost = lost;
    this.reason = reason;
  }

  @Override
  public boolean proceed(Turn turn) {
    if (left == null) {
      left = lost.apply(turn.holdings().attempts).iterator();
    }
    while (left.hasNext()) {
      if (turn.isFull()) {
        return false;
      }
      Attempts.Attempt attempt = left.next();
      try {
        new ReportWork(
                attempt.run().execution(), new Command.ReportReturned(attempt.token(), reason))
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
