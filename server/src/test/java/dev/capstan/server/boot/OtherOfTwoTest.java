package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.Joining;
import dev.capstan.security.identity.Role;
import dev.capstan.server.OwnPorts;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.CoordinatorView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One of two coordinators is put out, and the other one stops before it has taken its vote away.
 * Without that it can decide nothing when it is back, so they have to find each other once more.
 */
class OtherOfTwoTest {
  private static final Duration PATIENCE = LoneCluster.PATIENCE;

  /** A machine that is busy is silent for as long as a second now and then. */
  private static final Duration SILENCE = Duration.ofSeconds(3);

  @TempDir Path directory;
  private final List<Coordinator> running = new ArrayList<>();

  @AfterEach
  void stopAll() {
    List.copyOf(running).forEach(this::stop);
  }

  private void stop(Coordinator coordinator) {
    running.remove(coordinator);
    coordinator.close();
  }

  private static NodeConfig patient() {
    NodeConfig usual = NodeConfig.ofDefaults();
    return new NodeConfig(
        usual.nodeDiscovery(),
        usual.scheduling(),
        usual.stateSync(),
        new NodeConfig.Consensus(usual.consensus().protocol(), SILENCE, 1),
        usual.failureDetection(),
        usual.lifecycleEvents(),
        usual.node());
  }

  private Coordinator second(LoneCluster cluster) throws Exception {
    List<Integer> ports = OwnPorts.take(3);
    NodeConfig config = cluster.config.on("127.0.0.1", ports.get(0), ports.get(1), ports.get(2));
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      Object _ =
          new Joining(
                  cluster.token(Role.COORDINATOR),
                  Role.COORDINATOR,
                  "c2",
                  ClusterCoordinator.place(config, "c2"),
                  cluster.home("c2"),
                  _ -> {})
              .join(discovery, PATIENCE);
    }
    return ClusterCoordinator.start(config, cluster.home("c2"), Map.of());
  }

  private <T> T atLeader(Function<Gateway, CompletableFuture<T>> request) {
    while (true) {
      Coordinator leader =
          await()
              .atMost(PATIENCE)
              .until(() -> running.stream().filter(Coordinator::leads).toList(), x -> !x.isEmpty())
              .getFirst();
      try {
        return request.apply(leader.gateway()).join();
      } catch (CompletionException | Refusal e) {
        Throwable cause = e instanceof CompletionException ? e.getCause() : e;
        if (!(cause instanceof Refusal refusal) || refusal.retryAfter() == null) {
          throw e;
        }
      }
    }
  }

  @Test
  void theOneThatIsBackTakesTheVoteOfTheOneThatWasPutOut() throws Exception {
    LoneCluster cluster = LoneCluster.start(directory, patient());
    running.add(cluster.coordinator);
    Coordinator leaving = second(cluster);
    running.add(leaving);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(cluster.coordinator.gateway().cluster(LoneCluster.ADMIN).coordinators())
                .extracting(CoordinatorView::role)
                .containsExactlyInAnyOrder("leader", "follower"));

    String _ =
        atLeader(gateway ->
            gateway.removeCoordinator(LoneCluster.ADMIN, "c2").thenApply(_ -> "put out"));
    stop(cluster.coordinator);
    Coordinator back = ClusterCoordinator.start(cluster.config, cluster.home("c1"), Map.of());
    running.add(back);

    assertThat(leaving.failure()).as("it is told").succeedsWithin(PATIENCE);
    stop(leaving);
    await().atMost(PATIENCE).until(back::leads);
    String invited =
        atLeader(gateway ->
            gateway
                .invite(LoneCluster.ADMIN, Gateway.NodeRole.WORKER, null, Duration.ofMinutes(5))
                .thenApply(invitation -> invitation.id()));
    assertThat(invited).as("work goes on").isNotEmpty();
  }
}
