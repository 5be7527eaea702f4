package dev.capstan.verify.simulation;

import dev.capstan.server.log.LogException;
import dev.capstan.server.log.LogRole;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.ReplicatedLog;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A log that now and then does not take an entry, or does not say what became of one that it took,
 * although its replica leads: that one may come, or be lost.
 *
 * @param fails whether it does so this time
 * @param proposed hears of each entry before
 */
record UnreliableLog(
    ReplicatedLog log,
    RandomGenerator random,
    BooleanSupplier fails,
    Consumer<byte[]> proposed,
    Tally tally)
    implements ReplicatedLog {
  @Override
  public CompletableFuture<Long> propose(byte[] entry) {
    proposed.accept(entry);
    if (!fails.getAsBoolean()) {
      return log.propose(entry);
    }
    if (random.nextBoolean()) {
      tally.bit(Happening.PROPOSAL_NOT_TAKEN);
      return CompletableFuture.failedFuture(new LogException.NotLeader(null));
    }
    tally.bit(Happening.OUTCOME_UNKNOWN);
    if (random.nextBoolean()) {
      // It never comes, and nobody can know that.
      return CompletableFuture.failedFuture(
          new LogException.OutcomeUnknown("lost, and nobody said so", null));
    }
    return log.propose(entry)
        .thenCompose(_ ->
            CompletableFuture.failedFuture(
                new LogException.OutcomeUnknown("nobody said what became of it", null)));
  }

  @Override
  public LogRole role() {
    return log.role();
  }

  @Override
  public CompletableFuture<Long> barrier() {
    return log.barrier();
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    return log.snapshot();
  }

  @Override
  public LogStatus status() {
    return log.status();
  }

  @Override
  public void close() {
    log.close();
  }
}
