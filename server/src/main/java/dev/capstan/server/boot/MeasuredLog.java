package dev.capstan.server.boot;

import dev.capstan.node.env.Clock;
import dev.capstan.server.log.LogRole;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.metrics.Metrics.Stopwatch;
import java.util.concurrent.CompletableFuture;

/** A log whose commits are timed. */
final class MeasuredLog implements ReplicatedLog {
  private final ReplicatedLog log;
  private final Clock clock;
  private final Stopwatch commits;

  MeasuredLog(ReplicatedLog log, Clock clock, Stopwatch commits) {
    this.log = log;
    this.clock = clock;
    this.commits = commits;
  }

  @Override
  public CompletableFuture<Long> propose(byte[] entry) {
    long begun = clock.nanos();
    CompletableFuture<Long> outcome = log.propose(entry);
    var _ =
        outcome.whenComplete((_, failure) -> {
          if (failure == null) {
            commits.record(clock.nanos() - begun);
          }
        });
    return outcome;
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
