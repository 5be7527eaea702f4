package dev.capstan.server.membership;

import dev.capstan.security.token.ApiKey;
import dev.capstan.server.gateway.KeyDesk;
import dev.capstan.server.gateway.KeyRole;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * Makes API keys and revokes them: rows that go through the log, each change with its audit entry.
 * Only where this coordinator leads.
 */
final class ApiKeys implements KeyDesk {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,62}");

  /** Every coordinator has all of them in memory. */
  private static final int MOST = 10_000;

  private final PartitionRequests partition;
  private final Store store;
  private final SecureRandom random;

  ApiKeys(PartitionRequests partition, Store store, SecureRandom random) {
    this.partition = partition;
    this.store = store;
    this.random = random;
  }

  @Override
  public CompletableFuture<IssuedKey> issue(Principal principal, String owner, KeyRole role) {
    if (!NAME.matcher(owner).matches()) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "\"principal\" is no name",
          "It has 1 to 63 letters, digits, and . _ @ - behind the first");
    }
    ApiKey key = ApiKey.fresh(random);
    return partition.transact(view -> {
      if (keys(principal).size() >= MOST) {
        throw new Refusal(
            Refusal.Code.WRONG_STATE,
            "The cluster has " + MOST + " API keys already",
            "Revoke some: capstan cluster revoke-key ID");
      }
      view.write(
          ClusterRows.put(
              ClusterRows.KEY,
              key.id(),
              dev.capstan.api.storage.v1.ApiKey.newBuilder()
                  .setId(key.id())
                  .setDigest(key.digest().hex())
                  .setPrincipal(owner)
                  .setRole(role.word())
                  .setCreatedMillis(view.now().toEpochMilli())
                  .setCreatedBy(principal.name())
                  .build()
                  .toByteArray()));
      view.audit(
          principal.name(), "cluster.key", key.id(), "ok", "for " + owner + ", " + role.word());
      return new IssuedKey(
          key.text(), new KeyView(key.id(), owner, role, view.now(), principal.name()));
    });
  }

  @Override
  public List<KeyView> keys(Principal principal) {
    List<KeyView> keys = new ArrayList<>();
    ClusterRows.scan(
        store,
        ClusterRows.KEY,
        (_, value) -> {
          dev.capstan.api.storage.v1.ApiKey row = ClusterRows.apiKey(value);
          Roster.role(row).ifPresent(role -> keys.add(view(row, role)));
        });
    return keys;
  }

  private static KeyView view(dev.capstan.api.storage.v1.ApiKey row, KeyRole role) {
    return new KeyView(
        row.getId(),
        row.getPrincipal(),
        role,
        Instant.ofEpochMilli(row.getCreatedMillis()),
        row.getCreatedBy());
  }

  @Override
  public CompletableFuture<Void> revoke(Principal principal, String id) {
    return partition
        .transact(view -> {
          if (!isThere(view, id)) {
            throw new Refusal(
                Refusal.Code.NOT_FOUND,
                "There is no API key " + id,
                "capstan cluster keys lists all");
          }
          boolean others =
              keys(principal).stream()
                  .anyMatch(key ->
                      key.role() == KeyRole.ADMINISTRATOR
                          && !key.id().equals(id)
                          && isThere(view, key.id()));
          if (!others) {
            throw new Refusal(
                Refusal.Code.WRONG_STATE,
                "This is the last API key of an administrator: nobody could change the cluster"
                    + " any more",
                "Make another one first: capstan cluster key NAME --role administrator");
          }
          view.write(ClusterRows.delete(ClusterRows.KEY, id));
          view.audit(principal.name(), "cluster.revoke-key", id, "ok", null);
          return id;
        })
        .thenAccept(_ -> {});
  }

  private static boolean isThere(TransactionView view, String id) {
    return view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.KEY, id)) != null;
  }
}
