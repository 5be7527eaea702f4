package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.Said;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A partition as threads see it that come to nothing for a while: who asks for the change of a row
 * may find the answer there long after others have heard theirs.
 */
record LateAnswers(PartitionRequests partition, SimulatedProcess process, RandomGenerator random)
    implements PartitionRequests {
  private static final int ONE_IN = 6;
  private static final long LATE = TimeUnit.MILLISECONDS.toNanos(6);

  private <T> CompletableFuture<T> late(CompletableFuture<T> answer) {
    if (random.nextInt(ONE_IN) > 0) {
      return answer;
    }
    CompletableFuture<T> late = new CompletableFuture<>();
    var _ =
        answer.whenComplete((value, failure) ->
            process.after(random.nextLong(LATE), () -> complete(late, value, failure)));
    return late;
  }

  private static <T> void complete(
      CompletableFuture<T> late, T value, @Nullable Throwable failure) {
    if (failure == null) {
      late.complete(value);
    } else {
      late.completeExceptionally(failure);
    }
  }

  @Override
  public <T> CompletableFuture<T> transact(Transaction<T> transaction) {
    return late(partition.transact(transaction));
  }

  @Override
  public <J extends Joining> CompletableFuture<Begun<J>> sessionBegins(
      String node, Set<AttemptToken> held, Transaction<J> join) {
    return late(partition.sessionBegins(node, held, join));
  }

  @Override
  public CompletableFuture<Long> sessionEnds(
      String node, String reason, BooleanSupplier forGood, Transaction<Long> departure) {
    return late(partition.sessionEnds(node, reason, forGood, departure));
  }

  @Override
  public CompletableFuture<Started> start(Start request) {
    return partition.start(request);
  }

  @Override
  public CompletableFuture<Summary> command(
      String execution, Command command, String principal, String operation) {
    return partition.command(execution, command, principal, operation);
  }

  @Override
  public CompletableFuture<Summary> migrate(Move move) {
    return partition.migrate(move);
  }

  @Override
  public void report(Command report, String execution) {
    partition.report(report, execution);
  }

  @Override
  public CompletableFuture<Integer> publish(List<CloudEvent> events, String principal) {
    return partition.publish(events, principal);
  }

  @Override
  public CompletableFuture<Said.Heard> say(Said said) {
    return partition.say(said);
  }

  @Override
  public @Nullable String heldBack(JsonNode metadata) {
    return partition.heldBack(metadata);
  }

  @Override
  public void slotsFreed() {
    partition.slotsFreed();
  }
}
