package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.TransferLeadershipException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * How a replica that leads lets another one lead. While that is under way the library refuses what
 * is proposed, so the replica does not count as leading until it is decided. Safe for any thread.
 */
final class HandOver {
  /** In what the library says then (3.3.0), and in nothing else that it says of hand-overs. */
  private static final String REFUSED = "refused to transfer leadership";

  private final ClientId client;
  private final LongSupplier calls;
  private final AtomicInteger underWay = new AtomicInteger();

  /**
   * @param calls the number of the next request, for each one another
   */
  HandOver(ClientId client, LongSupplier calls) {
    this.client = client;
    this.calls = calls;
  }

  boolean isUnderWay() {
    return underWay.get() > 0;
  }

  /**
   * Asks for one replica to lead.
   *
   * @param leaves whether this replica is to lead no more in any case: whoever is elected does
   *     where that one can't
   * @return completes when that one leads; fails where it does not in time
   */
  CompletableFuture<?> to(
      String heir,
      boolean leaves,
      RaftServer server,
      RaftServer.Division leading,
      Duration atMost) {
    long begun = System.nanoTime();
    underWay.incrementAndGet();
    return transfer(RaftPeerId.valueOf(heir), server, leading, atMost)
        .thenCompose(reply ->
            reply.isSuccess()
                ? CompletableFuture.completedFuture(reply)
                : CompletableFuture.failedFuture(reply.getException()))
        .exceptionallyCompose(failed -> {
          boolean early = System.nanoTime() - begun < atMost.toNanos() / 2;
          CompletableFuture<RaftClientReply> outcome = CompletableFuture.failedFuture(failed);
          return early && (leaves || !isRefused(failed))
              ? stepDown(server, leading, atMost).thenCompose(_ -> outcome)
              : outcome;
        })
        .whenComplete((_, _) -> underWay.decrementAndGet());
  }

  /**
   * Whether a hand-over has not even begun: the library refuses it while the members are being
   * changed, and goes on to lead as before.
   */
  private static boolean isRefused(Throwable failed) {
    Throwable cause =
        failed instanceof CompletionException && failed.getCause() != null
            ? failed.getCause()
            : failed;
    return cause instanceof TransferLeadershipException
        && String.valueOf(cause.getMessage()).contains(REFUSED);
  }

  /**
   * After a hand-over that failed at once the library goes on to refuse proposals (3.3.0: what is
   * pending is forgotten after the time for it, which is not waited for then). It ends with the
   * leadership.
   */
  private CompletableFuture<?> stepDown(
      RaftServer server, RaftServer.Division leading, Duration atMost) {
    return leading.getInfo().isLeader()
        ? transfer(null, server, leading, atMost).exceptionally(_ -> null)
        : CompletableFuture.completedFuture(null);
  }

  /** To a replica, or to whoever is elected. */
  private CompletableFuture<RaftClientReply> transfer(
      @Nullable RaftPeerId heir, RaftServer server, RaftServer.Division leading, Duration atMost) {
    try {
      return server.transferLeadershipAsync(
          new TransferLeadershipRequest(
              client,
              leading.getId(),
              leading.getMemberId().getGroupId(),
              calls.getAsLong(),
              heir,
              atMost.toMillis()));
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
