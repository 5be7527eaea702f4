package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Begun;
import dev.capstan.server.partition.PartitionRequests.Joining;
import dev.capstan.server.partition.PartitionRequests.Transaction;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * The join of a node, and the comparison of what it holds with what it should hold. An attempt that
 * is the node's and that it does not hold got lost on the way there, or its report on the way back.
 *
 * <p>What the node goes on with is known at the end of the turn: nothing that was cancelled in it
 * is among that.
 */
final class SessionBeginWork<J extends Joining> implements Work {
  private final Starting starting;
  private final String node;
  private final Set<AttemptToken> held;
  private final Transaction<J> join;
  private final CompletableFuture<Begun<J>> future = new CompletableFuture<>();

  SessionBeginWork(Starting starting, String node, Set<AttemptToken> held, Transaction<J> join) {
    this.starting = starting;
    this.node = node;
    this.held = Set.copyOf(held);
    this.join = join;
  }

  CompletableFuture<Begun<J>> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    TransactionWork.Decided<J> joined = TransactionWork.decide(turn, starting, join);
    takeBack(turn.holdings(), joined.result());
    turn.draft().answer(new Outcome(joined, turn.holdings().attempts));
    return true;
  }

  private void takeBack(Holdings holdings, J joined) {
    Attempts attempts = holdings.attempts;
    if (joined.resumedEpoch() == 0) {
      holdings.returning.add(
          attempts.of(node, joined.endedEpoch()),
          "another session of node " + node + " began",
          Command.Return.LOST);
      return;
    }
    List<Attempts.Attempt> missing =
        attempts.of(node, joined.resumedEpoch()).stream()
            .filter(attempt -> !held.contains(attempt.token()))
            .toList();
    holdings.returning.add(missing, "node " + node + " came back without it", Command.Return.LOST);
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }

  private final class Outcome implements Answer {
    private final TransactionWork.Decided<J> joined;
    private final Attempts attempts;
    private Set<AttemptToken> kept = Set.of();

    Outcome(TransactionWork.Decided<J> joined, Attempts attempts) {
      this.joined = joined;
      this.attempts = attempts;
    }

    @Override
    public void sealed() {
      kept =
          attempts.of(node, joined.result().resumedEpoch()).stream()
              .map(Attempts.Attempt::token)
              .filter(held::contains)
              .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void committed(long index) {
      joined.view().committed();
      future.complete(new Begun<>(joined.result(), kept));
    }

    @Override
    public void refused(Refusal reason) {
      future.completeExceptionally(reason);
    }
  }
}
