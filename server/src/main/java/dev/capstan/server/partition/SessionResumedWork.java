package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.server.gateway.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a node holds with what it should hold. An attempt that is the node's and that it
 * does not hold got lost on the way there, or its report on the way back: it comes back as
 * returned.
 */
final class SessionResumedWork implements Work {
  private final String node;
  private final long epoch;
  private final Set<AttemptToken> held;
  private final Set<AttemptToken> kept = new HashSet<>();
  private final CompletableFuture<Set<AttemptToken>> future = new CompletableFuture<>();
  private @Nullable SessionLostWork missing;

  SessionResumedWork(String node, long epoch, Set<AttemptToken> held) {
    this.node = node;
    this.epoch = epoch;
    this.held = held;
  }

  /** Completes with what the node shall go on with. */
  CompletableFuture<Set<AttemptToken>> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    SessionLostWork lost = missing;
    if (lost == null) {
      lost = new SessionLostWork(this::missing, "node " + node + " came back without it");
      missing = lost;
    }
    if (!lost.proceed(turn)) {
      return false;
    }
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long index) {
                future.complete(kept);
              }

              @Override
              public void refused(Refusal reason) {
                future.completeExceptionally(reason);
              }
            });
    return true;
  }

  private List<Attempts.Attempt> missing(Attempts attempts) {
    List<Attempts.Attempt> all = attempts.of(node, epoch);
    all.stream().map(Attempts.Attempt::token).filter(held::contains).forEach(kept::add);
    return all.stream().filter(attempt -> !kept.contains(attempt.token())).toList();
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }
}
