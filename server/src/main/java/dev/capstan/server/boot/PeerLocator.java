package dev.capstan.server.boot;

import dev.capstan.server.http.LeaderLocator;
import java.net.URI;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds the HTTP API of the coordinator that leads. */
final class PeerLocator implements LeaderLocator {
  private final Leadership leadership;
  private final Supplier<@Nullable String> leader;
  private final Peers peers;
  private final String self;

  PeerLocator(Leadership leadership, Supplier<@Nullable String> leader, Peers peers, String self) {
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
}
