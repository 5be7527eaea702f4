package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Transaction;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A change of rows that is no execution's. What it writes is set aside until it has run to its end,
 * so that it can refuse.
 */
final class TransactionWork<T> implements Work {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionWork.class);

  private final Starting starting;
  private final Transaction<T> transaction;
  private final CompletableFuture<T> future = new CompletableFuture<>();

  TransactionWork(Starting starting, Transaction<T> transaction) {
    this.starting = starting;
    this.transaction = transaction;
  }

  CompletableFuture<T> future() {
    return future;
  }

  /** What a transaction has decided: part of the batch that is being made. */
  record Decided<T>(TurnView view, T result) {}

  /**
   * Runs a transaction in a turn.
   *
   * @throws Refusal if it refuses or fails; nothing is changed then
   */
  static <T> Decided<T> decide(Turn turn, Starting starting, Transaction<T> transaction) {
    TurnView view = new TurnView(turn, starting);
    T result;
    try {
      result = transaction.run(view);
      view.requireSize();
    } catch (Refusal refusal) {
      throw refusal;
    } catch (RuntimeException e) {
      LOG.error("A transaction failed; it changes nothing.", e);
      throw new Refusal(Refusal.Code.INTERNAL, "A change of rows failed: " + e);
    }
    view.keep();
    return new Decided<>(view, result);
  }

  @Override
  public boolean proceed(Turn turn) {
    Decided<T> decided = decide(turn, starting, transaction);
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long index) {
                decided.view().committed();
                future.complete(decided.result());
              }

              @Override
              public void refused(Refusal reason) {
                future.completeExceptionally(reason);
              }
            });
    return true;
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }
}
