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

  @Override
  public boolean proceed(Turn turn) {
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
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long index) {
                view.committed();
                future.complete(result);
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
