package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Transaction;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * The departure of a node: whether it has departed is decided in the order of everything else. Its
 * attempts are noted as {@link Returning} in the same turn; a join that comes before they are taken
 * back does not get them, since it is another session.
 */
final class SessionEndWork implements Work {
  private final Starting starting;
  private final String node;
  private final String reason;
  private final BooleanSupplier forGood;
  private final Transaction<Long> departure;
  private final CompletableFuture<Long> future = new CompletableFuture<>();

  SessionEndWork(
      Starting starting,
      String node,
      String reason,
      BooleanSupplier forGood,
      Transaction<Long> departure) {
    this.starting = starting;
    this.node = node;
    this.reason = reason;
    this.forGood = forGood;
    this.departure = departure;
  }

  CompletableFuture<Long> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    Holdings holdings = turn.holdings();
    long ended = depart(turn);
    Command.Return how = forGood.getAsBoolean() ? Command.Return.MOVED : Command.Return.LOST;
    holdings.returning.add(holdings.attempts.of(node, ended), reason, how);
    return true;
  }

  private Long depart(Turn turn) {
    TransactionWork.Decided<Long> decided = TransactionWork.decide(turn, starting, departure);
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long index) {
                decided.view().committed();
                future.complete(decided.result());
              }

              @Override
              public void refused(Refusal refusal) {
                future.completeExceptionally(refusal);
              }
            });
    return decided.result();
  }

  /** A new leader takes back what is left, since the node is no longer known under its epoch. */
  @Override
  public void refuse(Refusal refusal) {
    future.completeExceptionally(refusal);
  }
}
