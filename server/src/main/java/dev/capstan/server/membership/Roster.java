package dev.capstan.server.membership;

import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.token.SecretDigest;
import dev.capstan.server.gateway.KeyRole;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.WatchedStore;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Who belongs to the cluster, as this replica has applied it. Safe for any thread; what it answers
 * is never older than the last row that was applied here.
 *
 * <p>Most rows are those of nodes that are in, and of tokens with which they came: thousands, of
 * which it needs to know nothing. So it reads what has changed, and not all.
 */
public final class Roster implements WatchedStore.Listener {
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile State state = new State(Map.of(), Set.of(), Set.of(), Map.of());

  private record State(
      Map<String, CoordinatorPlace> coordinators,
      Set<String> drained,
      Set<String> evicted,
      Map<String, Key> keys) {}

  private record Key(SecretDigest digest, Principal principal) {}

  @Override
  public void changed(Store store, List<Change> changes) {
    Set<String> evicted = new HashSet<>(state.evicted());
    for (Change change : changes) {
      switch (change) {
        case Change.Put put when isOfNode(put.key()) -> note(evicted, put);
        case Change.Put put when isOfGrant(put.key()) -> {}
        case Change.Delete delete when isOfGrant(delete.key()) -> {}
        case Change.Put _, Change.Delete _, Change.DeleteRange _ -> {
          replaced(store);
          return;
        }
      }
    }
    State before = state;
    if (!evicted.equals(before.evicted())) {
      publish(new State(before.coordinators(), before.drained(), evicted, before.keys()));
    }
  }

  private static boolean isOfNode(byte[] key) {
    return ClusterRows.id(ClusterRows.NODE, key) != null;
  }

  private static boolean isOfGrant(byte[] key) {
    return ClusterRows.id(ClusterRows.GRANT, key) != null;
  }

  private static void note(Set<String> evicted, Change.Put put) {
    String id = Objects.requireNonNull(ClusterRows.id(ClusterRows.NODE, put.key()));
    if (ClusterRows.node(put.value()).hasEvictedMillis()) {
      evicted.add(id);
    } else {
      evicted.remove(id);
    }
  }

  @Override
  public void replaced(Store store) {
    Map<String, CoordinatorPlace> coordinators = new TreeMap<>();
    Set<String> drained = new HashSet<>();
    ClusterRows.scan(
        store,
        ClusterRows.COORDINATOR,
        (id, value) -> {
          Coordinator row = ClusterRows.coordinator(value);
          if (row.getDrained()) {
            drained.add(id);
          }
          coordinators.put(
              id,
              new CoordinatorPlace(
                  id,
                  CoordinatorPlace.address("gRPC", row.getGrpc()),
                  CoordinatorPlace.address("HTTP", row.getHttp()),
                  CoordinatorPlace.address("consensus", row.getPeer())));
        });
    Set<String> evicted = new HashSet<>();
    ClusterRows.scan(
        store,
        ClusterRows.NODE,
        (id, value) -> {
          if (ClusterRows.node(value).hasEvictedMillis()) {
            evicted.add(id);
          }
        });
    Map<String, Key> keys = new HashMap<>();
    ClusterRows.scan(
        store,
        ClusterRows.KEY,
        (id, value) -> {
          var row = ClusterRows.apiKey(value);
          role(row)
              .map(role -> new Principal(row.getPrincipal(), role))
              .ifPresent(
                  principal -> keys.put(id, new Key(new SecretDigest(row.getDigest()), principal)));
        });
    publish(new State(coordinators, drained, evicted, keys));
  }

  /** The role of a key; none if it is one of a later version, and then the key allows nothing. */
  static Optional<KeyRole> role(dev.capstan.api.storage.v1.ApiKey row) {
    return row.hasRole() ? KeyRole.of(row.getRole()) : Optional.of(KeyRole.ADMINISTRATOR);
  }

  private void publish(State read) {
    state = read;
    listeners.forEach(Runnable::run);
  }

  /** Runs at once, and after each change, on the thread that applies: it must be quick. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
    listener.run();
  }

  /**
   * Whether nothing is known yet: on a coordinator that has joined and was not filled, or has not
   * read again what it had applied before it was killed.
   */
  public boolean isEmpty() {
    return state.keys().isEmpty();
  }

  /** The coordinators by id. */
  public Map<String, CoordinatorPlace> coordinators() {
    return state.coordinators();
  }

  /** Where a coordinator is; null if it does not belong to the cluster. */
  public @Nullable CoordinatorPlace coordinator(@Nullable String id) {
    return id == null ? null : state.coordinators().get(id);
  }

  /** Whether a coordinator is to leave leading to others. */
  public boolean isDrained(String coordinator) {
    return state.drained().contains(coordinator);
  }

  /** Whether a node has been put out. */
  public boolean isEvicted(NodeIdentity node) {
    return state.evicted().contains(node.node());
  }

  /** Whom an API key with this secret belongs to; null if it is none of the cluster's. */
  @Nullable Principal principal(String id, SecretDigest secret) {
    Key known = state.keys().get(id);
    return known != null && known.digest().matches(secret) ? known.principal() : null;
  }
}
