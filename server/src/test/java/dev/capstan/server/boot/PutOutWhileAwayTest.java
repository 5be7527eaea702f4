package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.Joining;
import dev.capstan.security.identity.Role;
import dev.capstan.server.HeardLog;
import dev.capstan.server.OwnPorts;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.CoordinatorView;
import dev.capstan.server.membership.Reconciler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator is put out while it is away, and is back when its vote is gone: nothing that is
 * committed comes to it any more, so the others tell it.
 */
class PutOutWhileAwayTest {
  private static final Duration PATIENCE = LoneCluster.PATIENCE;

  @TempDir Path directory;
  private final Map<String, NodeConfig> configs = new HashMap<>();
  private final Map<String, Coordinator> running = new ConcurrentSkipListMap<>();

  @RegisterExtension final HeardLog heard = new HeardLog(Reconciler.class);

  private final List<String> said = heard.lines();

  @AfterEach
  void stopAll() {
    running.values().forEach(Coordinator::close);
  }

  private void join(LoneCluster cluster, String node) throws Exception {
    List<Integer> ports = OwnPorts.take(3);
    NodeConfig config = cluster.config.on("127.0.0.1", ports.get(0), ports.get(1), ports.get(2));
    configs.put(node, config);
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      Object _ =
          new Joining(
                  cluster.token(Role.COORDINATOR),
                  Role.COORDINATOR,
                  node,
                  ClusterCoordinator.place(config, node),
                  cluster.home(node),
                  _ -> {})
              .join(discovery, PATIENCE);
    }
    start(cluster, node);
    await().atMost(PATIENCE).until(() -> replicas().contains(node));
  }

  private void start(LoneCluster cluster, String node) {
    NodeConfig config = Objects.requireNonNull(configs.get(node), node);
    running.put(node, ClusterCoordinator.start(config, cluster.home(node), Map.of()));
  }

  private List<String> replicas() {
    return atLeader(
            gateway -> CompletableFuture.completedFuture(gateway.cluster(LoneCluster.ADMIN)))
        .coordinators()
        .stream()
        .filter(view -> view.role().equals("leader") || view.role().equals("follower"))
        .map(CoordinatorView::id)
        .toList();
  }

  private Coordinator leader() {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> running.values().stream().filter(Coordinator::leads).toList(),
            leaders -> !leaders.isEmpty())
        .getFirst();
  }

  private <T> T atLeader(Function<Gateway, CompletableFuture<T>> request) {
    while (true) {
      try {
        return request.apply(leader().gateway()).join();
      } catch (CompletionException | Refusal e) {
        Throwable cause = e instanceof CompletionException ? e.getCause() : e;
        if (!(cause instanceof Refusal refusal) || refusal.retryAfter() == null) {
          throw e;
        }
      }
    }
  }

  @Test
  void itIsToldWhenItIsBackAndStops() throws Exception {
    LoneCluster cluster = LoneCluster.start(directory, NodeConfig.ofDefaults());
    running.put("c1", cluster.coordinator);
    join(cluster, "c2");
    join(cluster, "c3");
    Objects.requireNonNull(running.remove("c3")).close();
    said.clear();

    Object _ =
        atLeader(gateway ->
            gateway.removeCoordinator(LoneCluster.ADMIN, "c3").thenApply(_ -> "put out"));
    await()
        .alias("its vote is gone")
        .atMost(PATIENCE)
        .until(() -> said.stream().anyMatch(line -> line.contains("The replicas are [c1, c2]")));
    start(cluster, "c3");

    assertThat(Objects.requireNonNull(running.get("c3")).failure())
        .succeedsWithin(PATIENCE)
        .isInstanceOfSatisfying(
            StartupRefusal.class,
            why ->
                assertThat(why).hasMessageContaining("Coordinator c3 was put out of the cluster"));
    assertThat(replicas()).as("the others go on").containsExactly("c1", "c2");
  }
}
