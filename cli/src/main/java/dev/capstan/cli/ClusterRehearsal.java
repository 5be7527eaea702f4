package dev.capstan.cli;

import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.JoinFailure;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.sdk.node.WorkerNode;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.provider.NativeCrypto;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.token.ApiKey;
import dev.capstan.security.token.JoinToken;
import dev.capstan.security.token.TokenFormatException;
import dev.capstan.server.boot.ClusterCoordinator;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.membership.NewCluster;
import dev.capstan.worker.WorkerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a cluster do most, and what they do when the leader is gone: a coordinator that
 * has been started a moment ago must take over as fast as one that has run for hours. Three
 * coordinators and a worker in this process, over real connections.
 */
final class ClusterRehearsal implements AutoCloseable {
  private static final String CLUSTER = "rehearsal";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int COORDINATORS = 3;
  private static final int STARTS = 400;
  private static final int AT_A_TIME = 32;
  private static final int ALONE = 600;
  private static final int FEW_AT_A_TIME = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: capstan, name: called, version: '1.0.0'}
      do: [{one: {call: 'capstan:noop', with: {n: 1}}}]
      """;

  private static final WorkflowName WORKFLOW = new WorkflowName("capstan", "called", "1.0.0");

  private final Path folder;
  private final List<HostPort> seeds = new ArrayList<>();
  private final Map<String, NodeConfig> configs = new TreeMap<>();
  private final Map<String, Coordinator> coordinators = new TreeMap<>();
  private @Nullable WorkerNode worker;

  /** Nothing is started yet. */
  ClusterRehearsal(Path folder) {
    this.folder = folder;
  }

  /**
   * What one coordinator with one worker does, in less time.
   *
   * @param goesOn is asked again and again; false ends it early
   */
  void runAlone(BooleanSupplier goesOn)
      throws IOException, InterruptedException, JoinFailure, TokenFormatException {
    if (!goesOn.getAsBoolean()) {
      return;
    }
    Credential first = found();
    try (CapstanClient client = client(first)) {
      if (!goesOn.getAsBoolean()) {
        return;
      }
      join("w1", client);
      CapstanClient.await(client.deploy(DEFINITION, "small.yaml"));
      load(client, ALONE, FEW_AT_A_TIME, goesOn);
    }
  }

  /** What a cluster of three does, whose leader leaves and comes back. */
  void run() throws IOException, InterruptedException, JoinFailure, TokenFormatException {
    NativeCrypto.install();
    Credential first = found();
    try (CapstanClient client = client(first)) {
      for (int i = 2; i <= COORDINATORS; i++) {
        join("c" + i, client);
      }
      join("w1", client);
      CapstanClient.await(client.deploy(DEFINITION, "small.yaml"));
      CapstanClient.await(client.nodes());
    }
    List<String> doors = new ArrayList<>();
    for (int i = 1; i <= COORDINATORS; i++) {
      doors.add("https://" + place("c" + i).http());
    }
    try (CapstanClient client = client(first.at(doors))) {
      load(client, STARTS, AT_A_TIME, () -> true);
      String leader = leader();
      Objects.requireNonNull(coordinators.remove(leader)).close();
      load(client, STARTS, AT_A_TIME, () -> true);
      start(leader, NodeHome.open(folder.resolve(leader)));
      load(client, STARTS, AT_A_TIME, () -> true);
      CapstanClient.await(client.cluster());
    }
  }

  private Credential found() throws IOException {
    NodeHome home = NodeHome.open(folder.resolve("c1"));
    NodeConfig config = config("c1");
    ApiKey key =
        NewCluster.create(home, CLUSTER, ClusterCoordinator.place(config, "c1"), 1, Instant.now());
    start("c1", home);
    return new Credential(
        CLUSTER,
        List.of("https://" + place("c1").http()),
        key.text(),
        home.keys().trusted(Purpose.NODES).getFirst());
  }

  private void join(String name, CapstanClient client)
      throws IOException, InterruptedException, JoinFailure, TokenFormatException {
    Role role = name.startsWith("c") ? Role.COORDINATOR : Role.WORKER;
    String token = CapstanClient.await(client.invite(role.word(), name, PATIENCE)).token();
    NodeHome home = NodeHome.open(folder.resolve(name));
    NodeConfig config = config(name);
    CoordinatorPlace place =
        role == Role.COORDINATOR ? ClusterCoordinator.place(config, name) : null;
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      new Joining(JoinToken.parse(token), role, name, place, home, _ -> {})
          .join(discovery, PATIENCE);
    }
    if (role == Role.COORDINATOR) {
      start(name, home);
    } else {
      worker =
          WorkerNode.start(
              config,
              home,
              Discoveries.open(config.nodeDiscovery(), CLUSTER, null),
              WorkerOptions.builder(name).workingDirectory(home.data().resolve("work")));
    }
  }

  private void start(String name, NodeHome home) {
    coordinators.put(name, ClusterCoordinator.start(config(name), home, Map.of()));
  }

  private NodeConfig config(String name) {
    return configs.computeIfAbsent(
        name,
        each -> {
          NodeConfig made =
              quiet().on(LOOPBACK, FreePorts.next(), FreePorts.next(), FreePorts.next());
          if (seeds.isEmpty()) {
            seeds.add(ClusterCoordinator.place(made, each).grpc());
          }
          return made.withSeeds(seeds);
        });
  }

  /** These know each other, and the network is not asked. */
  private NodeConfig quiet() {
    NodeConfig usual = NodeConfig.ofDefaults();
    NodeConfig.NodeDiscovery discovery = usual.nodeDiscovery();
    return new NodeConfig(
        new NodeConfig.NodeDiscovery(
            false,
            NodeConfig.DiscoveryProtocol.STATIC,
            discovery.heartbeatInterval(),
            List.of(),
            null,
            discovery.port(),
            List.of()),
        usual.scheduling(),
        usual.stateSync(),
        usual.consensus(),
        usual.failureDetection(),
        usual.lifecycleEvents(),
        usual.node());
  }

  private CoordinatorPlace place(String name) {
    return ClusterCoordinator.place(config(name), name);
  }

  private String leader() {
    return coordinators.entrySet().stream()
        .filter(each -> each.getValue().leads())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("c1");
  }

  private void load(CapstanClient client, int starts, int atATime, BooleanSupplier goesOn) {
    List<CompletableFuture<?>> running = new ArrayList<>();
    for (int i = 0; i < starts && goesOn.getAsBoolean(); i++) {
      running.add(client.start(StartRequest.of(WORKFLOW), i % 8 == 0 ? PATIENCE : Duration.ZERO));
      if (running.size() == atATime) {
        await(running);
      }
    }
    await(running);
  }

  /** A rehearsal that goes wrong here and there has still taught something. */
  private static void await(List<CompletableFuture<?>> running) {
    for (CompletableFuture<?> each : running) {
      try {
        CapstanClient.await(each);
      } catch (CapstanException notThisTime) {
        // The others count.
      }
    }
    running.clear();
  }

  private static CapstanClient client(Credential credential) {
    return CapstanClient.builder()
        .servers(credential.servers())
        .token(credential.key())
        .tls(credential.tls())
        .build();
  }

  @Override
  public void close() {
    try {
      if (worker != null) {
        worker.close();
      }
    } finally {
      coordinators.values().forEach(Coordinator::close);
    }
  }
}
