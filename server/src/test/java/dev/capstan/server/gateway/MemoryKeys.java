package dev.capstan.server.gateway;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One key, which can be made, listed and revoked as often as anybody likes. */
final class MemoryKeys implements KeyDesk {
  private static final KeyView KEY =
      new KeyView("abcdefgh", "payments", KeyRole.WORKER, Instant.EPOCH, "local");

  @Override
  public CompletableFuture<IssuedKey> issue(Principal principal, String owner, KeyRole role) {
    return CompletableFuture.completedFuture(new IssuedKey("a-key", KEY));
  }

  @Override
  public List<KeyView> keys(Principal principal) {
    return List.of(KEY);
  }

  @Override
  public CompletableFuture<Void> revoke(Principal principal, String id) {
    return CompletableFuture.allOf();
  }
}
