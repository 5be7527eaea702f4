package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinToken;
import dev.capstan.server.OwnPorts;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.membership.NewCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator of a cluster with several partitions is put out that does not lead the first one,
 * but another.
 */
class RemovedLeaderTest {
  /**
   * A hand-over that a busy machine misses is made up for by elections, after a long silence each.
   */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final Principal ADMIN = new Principal("admin");
  private static final int PARTITIONS = 3;
  private static final KeySpace KEYS = new KeySpace(PARTITIONS);

  /** Who takes over by it takes longer than a hand-over does on any machine. */
  private static final Duration LONG_SILENCE = Duration.ofSeconds(20);

  private static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: test, name: quick, version: '1.0.0'}
      do:
        - done: {set: {done: true}}
      """;

  @TempDir Path directory;

  private final Map<String, NodeConfig> configs = new HashMap<>();
  private final Map<String, Coordinator> running = new ConcurrentSkipListMap<>();
  private int started;

  @BeforeEach
  void startAll() throws Exception {
    List<Integer> ports = OwnPorts.take(3);
    HostPort door = new HostPort("127.0.0.1", ports.getFirst());
    NodeConfig config =
        NodeConfig.ofDefaults()
            .withSeeds(List.of(door))
            .on("127.0.0.1", ports.get(0), ports.get(1), ports.get(2));
    configs.put("c1", config);
    Object _ =
        NewCluster.create(
            home("c1"), "lab", ClusterCoordinator.place(config, "c1"), PARTITIONS, Instant.now());
    start("c1");
    for (String node : List.of("c2", "c3")) {
      join(node, config);
    }
    await().atMost(PATIENCE).until(this::isSpread);
    // It had to begin alone.
    stop("c1");
    configs.put("c1", patient(config));
    start("c1");
    await().atMost(PATIENCE).until(this::isSpread);
  }

  /** Nobody stands for election before a long silence is over, unless it is told to. */
  private static NodeConfig patient(NodeConfig usual) {
    return new NodeConfig(
        usual.nodeDiscovery(),
        usual.scheduling(),
        usual.stateSync(),
        new NodeConfig.Consensus(usual.consensus().protocol(), LONG_SILENCE, 1),
        usual.failureDetection(),
        usual.lifecycleEvents(),
        usual.node());
  }

  private NodeHome home(String node) {
    return NodeHome.open(directory.resolve(node));
  }

  private NodeConfig config(String node) {
    return Objects.requireNonNull(configs.get(node), node);
  }

  private void start(String node) {
    running.put(node, ClusterCoordinator.start(config(node), home(node), Map.of()));
  }

  private void join(String node, NodeConfig first) throws Exception {
    List<Integer> ports = OwnPorts.take(3);
    configs.put(node, patient(first.on("127.0.0.1", ports.get(0), ports.get(1), ports.get(2))));
    JoinToken token =
        atLeader(
            0,
            gateway ->
                gateway
                    .invite(ADMIN, Gateway.NodeRole.COORDINATOR, node, Duration.ofMinutes(5))
                    .thenApply(invitation -> JoinToken.parse(invitation.token())));
    try (Discovery discovery = Discoveries.open(first.nodeDiscovery(), null, null)) {
      Object _ =
          new Joining(
                  token,
                  Role.COORDINATOR,
                  node,
                  ClusterCoordinator.place(config(node), node),
                  home(node),
                  _ -> {})
              .join(discovery, PATIENCE);
    }
    start(node);
  }

  private void stop(String node) {
    Objects.requireNonNull(running.remove(node), node).close();
  }

  @AfterEach
  void stopAll() {
    List.copyOf(running.keySet()).forEach(this::stop);
  }

  private String leader(int partition) {
    return await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () ->
                running.entrySet().stream()
                    .filter(each -> each.getValue().leads(partition))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(""),
            name -> !name.isEmpty());
  }

  /** Each leads one partition. */
  private boolean isSpread() {
    return running.size() == PARTITIONS
        && IntStream.range(0, PARTITIONS).mapToObj(this::leader).distinct().count() == PARTITIONS;
  }

  private <T> T atLeader(int partition, Function<Gateway, CompletableFuture<T>> request) {
    while (true) {
      try {
        Coordinator leading = running.get(leader(partition));
        return request.apply(Objects.requireNonNull(leading).gateway()).join();
      } catch (CompletionException | Refusal e) {
        Throwable cause = e instanceof CompletionException ? e.getCause() : e;
        if (!(cause instanceof Refusal refusal) || refusal.retryAfter() == null) {
          throw e;
        }
      }
    }
  }

  /** Starts another execution of a partition. */
  private String begin(int partition) {
    String id =
        IntStream.iterate(started, number -> number + 1)
            .mapToObj(number -> "e-" + number)
            .filter(each -> KEYS.ownerOf(each) == partition)
            .findFirst()
            .orElseThrow();
    started = Integer.parseInt(id.substring(2)) + 1;
    Gateway.StartRequest request =
        new Gateway.StartRequest(
            DEFINITION, null, null, null, NullNode.getInstance(), id, null, Map.of());
    return atLeader(partition, gateway -> gateway.start(ADMIN, request)).id();
  }

  /** Starts one after the other, and the longest time between two that were acknowledged. */
  private final class Load implements AutoCloseable {
    private final List<String> acknowledged = new CopyOnWriteArrayList<>();
    private final AtomicBoolean ends = new AtomicBoolean();
    private final AtomicLong longestNanos = new AtomicLong();
    private final Thread thread;

    private Load(int partition) {
      thread = Thread.ofPlatform().daemon().start(() -> run(partition));
    }

    private void run(int partition) {
      long last = System.nanoTime();
      while (!ends.get()) {
        acknowledged.add(begin(partition));
        long now = System.nanoTime();
        longestNanos.accumulateAndGet(now - last, Math::max);
        last = now;
      }
    }

    private void awaitMore() {
      int before = acknowledged.size();
      await().until(() -> acknowledged.size() > before + 1);
    }

    @Override
    public void close() {
      ends.set(true);
      await().until(() -> !thread.isAlive());
    }
  }

  @Test
  void othersLeadWhatItLedBeforeItIsPutOut() throws Exception {
    String first = leader(0);
    int other =
        IntStream.range(1, PARTITIONS)
            .filter(partition -> !leader(partition).equals(first))
            .findFirst()
            .orElseThrow();
    String leaving = leader(other);
    Load load = new Load(other);
    try (load) {
      load.awaitMore();

      Object _ =
          atLeader(0, gateway -> gateway.removeCoordinator(ADMIN, leaving).thenApply(_ -> ""));
      assertThat(Objects.requireNonNull(running.get(leaving)).failure()).succeedsWithin(PATIENCE);
      stop(leaving);
      load.awaitMore();
    }
    assertThat(Duration.ofNanos(load.longestNanos.get())).isLessThan(LONG_SILENCE.dividedBy(2));
    for (String id : load.acknowledged) {
      assertThat(atLeader(other, gateway -> gateway.await(ADMIN, id, PATIENCE)).id()).isEqualTo(id);
    }
  }
}
