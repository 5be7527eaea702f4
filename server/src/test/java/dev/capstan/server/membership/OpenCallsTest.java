package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.storage.v1.ApiKey;
import dev.capstan.security.token.SecretDigest;
import dev.capstan.server.gateway.KeyRole;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** For how long what was let in with a key stays. */
class OpenCallsTest {
  private static final String DIGEST = "00".repeat(32);

  private final Roster roster = new Roster();
  private final WatchedStore store = new WatchedStore(new MemoryStore(), Table.CLUSTER, roster);
  private final OpenCalls calls = new OpenCalls(roster);
  private final AtomicInteger ended = new AtomicInteger();
  private long index;

  OpenCallsTest() {
    roster.onChange(calls::recheck);
    apply(key("k1", "administrator", DIGEST));
    apply(key("k2", "administrator", DIGEST));
  }

  private void apply(Change change) {
    index++;
    store.apply(index, new Batch(index, index, List.of(change)));
  }

  private static Change key(String id, String role, String digest) {
    return ClusterRows.put(
        ClusterRows.KEY,
        id,
        ApiKey.newBuilder()
            .setId(id)
            .setDigest(digest)
            .setPrincipal("ann")
            .setRole(role)
            .build()
            .toByteArray());
  }

  private OpenCalls.Stay enter() {
    ShownKey key =
        new ShownKey("k1", new SecretDigest(DIGEST), new Principal("ann", KeyRole.ADMINISTRATOR));
    return calls.enter(key, ended::incrementAndGet);
  }

  @Test
  void untilItsKeyIsRevoked() {
    OpenCalls.Stay _ = enter();
    apply(ClusterRows.delete(ClusterRows.KEY, "k2"));
    apply(key("k1", "administrator", DIGEST));
    assertThat(ended).hasValue(0);

    apply(key("k2", "administrator", DIGEST));
    apply(ClusterRows.delete(ClusterRows.KEY, "k1"));
    apply(key("k3", "administrator", DIGEST));

    assertThat(ended).hasValue(1);
  }

  @Test
  void untilItsKeyMayDoLess() {
    OpenCalls.Stay _ = enter();

    apply(key("k1", "worker", DIGEST));

    assertThat(ended).hasValue(1);
  }

  @Test
  void untilItsKeyHasAnotherSecret() {
    OpenCalls.Stay _ = enter();

    apply(key("k1", "administrator", "11".repeat(32)));

    assertThat(ended).hasValue(1);
  }

  @Test
  void notAtAllWhenItsKeyWasRevokedMeanwhile() {
    apply(ClusterRows.delete(ClusterRows.KEY, "k1"));

    OpenCalls.Stay _ = enter();

    assertThat(ended).hasValue(1);
  }

  @Test
  void whatIsOverIsNotEnded() {
    enter().close();

    apply(ClusterRows.delete(ClusterRows.KEY, "k1"));

    assertThat(ended).hasValue(0);
  }

  @Test
  void whereNothingIsKnownOfKeysNothingEnds() {
    OpenCalls.Stay _ = enter();
    apply(ClusterRows.delete(ClusterRows.KEY, "k2"));

    apply(ClusterRows.delete(ClusterRows.KEY, "k1"));

    assertThat(ended).hasValue(0);
  }
}
