package dev.capstan.server.boot;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.LeaderLocator;
import dev.capstan.server.log.SharedBarrier;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds the HTTP API of the coordinator that leads. */
final class PeerLocator implements LeaderLocator {
  private final Leadership leadership;
  private final Supplier<@Nullable String> leader;
  private final SharedBarrier barrier;
  private final Peers peers;
  private final String self;

  PeerLocator(
      Leadership leadership,
      Supplier<@Nullable String> leader,
      SharedBarrier barrier,
      Peers peers,
      String self) {
    this.barrier = barrier;
    this.leadership = leadership;
    this.leader = leader;
    this.peers = peers;
    this.self = self;
  }

  @Override
  public boolean isHere() {
    return leadership.isHere();
  }

  @Override
  public @Nullable URI address() {
    String known = leader.get();
    return known == null || known.equals(self) ? null : peers.doors().http(known);
  }

  @Override
  public CompletableFuture<?> confirm() {
    return barrier
        .pass()
        .exceptionally(_ -> {
          throw new Refusal(
              Refusal.Code.NOT_READY,
              "No majority of the coordinators confirms that this one leads.",
              "Nothing was done. Ask another coordinator, or again in a moment.",
              Duration.ofMillis(200),
              List.of());
        });
  }
}
