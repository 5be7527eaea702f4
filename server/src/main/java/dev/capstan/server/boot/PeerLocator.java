package dev.capstan.server.boot;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.grpc.Ways;
import dev.capstan.server.http.LeaderLocator;
import dev.capstan.server.post.Currency;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Finds the coordinator that leads a partition, and its HTTP API. */
final class PeerLocator implements LeaderLocator, Ways.Lead {
  private final LocalPartition partition;
  private final Currency currency;
  private final Peers peers;
  private final String self;

  PeerLocator(LocalPartition partition, Currency currency, Peers peers, String self) {
    this.partition = partition;
    this.currency = currency;
    this.peers = peers;
    this.self = self;
  }

  @Override
  public boolean isHere() {
    return partition.leadership().isHere();
  }

  @Override
  public @Nullable String leader() {
    return partition.leader();
  }

  @Override
  public @Nullable URI address() {
    String known = partition.leader();
    return known == null || known.equals(self) ? null : peers.doors().http(known);
  }

  @Override
  public boolean mayBeFound() {
    return partition.mayBeLed();
  }

  @Override
  public List<URI> others() {
    List<URI> others = new ArrayList<>();
    for (String member : partition.members()) {
      URI address = member.equals(self) ? null : peers.doors().http(member);
      if (address != null) {
        others.add(address);
      }
    }
    return others;
  }

  @Override
  public long term() {
    return partition.term();
  }

  @Override
  public CompletableFuture<?> confirm() {
    return currency
        .confirm()
        .exceptionally(_ -> {
          throw new Refusal(
              Refusal.Code.NOT_READY,
              "No majority of the coordinators confirms what is read here.",
              "Nothing was done. Ask another coordinator, or again in a moment.",
              Duration.ofMillis(200),
              List.of());
        });
  }
}
