package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.Started;
import java.util.concurrent.CompletableFuture;

/** A client's start of an execution. */
final class StartWork implements Work {
  private final Starting starting;
  private final Start request;
  private final byte[] fingerprint;
  private final long bytes;
  private final CompletableFuture<Started> future = new CompletableFuture<>();

  /**
   * @param bytes size of the input
   */
  StartWork(Starting starting, Start request, long bytes) {
    this.starting = starting;
    this.request = request;
    this.fingerprint = Fingerprint.of(request);
    this.bytes = bytes;
  }

  CompletableFuture<Started> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    Starting.Result result = starting.start(turn, request, fingerprint);
    if (!result.replayed()) {
      turn.draft().audit(request.principal(), "execution.start", request.id(), "accepted", null);
    }
    turn.draft()
        .answer(
            SummaryAnswer.of(
                result.live(), future, summary -> new Started(summary, result.replayed())));
    return true;
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }

  @Override
  public long bytes() {
    return bytes;
  }
}
