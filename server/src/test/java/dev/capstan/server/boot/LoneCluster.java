package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;

import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import dev.capstan.security.token.ApiKey;
import dev.capstan.security.token.JoinToken;
import dev.capstan.server.OwnPorts;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.membership.NewCluster;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The cluster "lab" of one coordinator with certificates, on loopback, that leads. */
final class LoneCluster implements AutoCloseable {
  static final Principal ADMIN = new Principal("admin");
  static final Duration PATIENCE = Duration.ofSeconds(60);

  final NodeConfig config;
  final ApiKey key;
  final Coordinator coordinator;
  private final Path directory;
  private final List<ManagedChannel> channels = new ArrayList<>();

  private LoneCluster(NodeConfig config, ApiKey key, Coordinator coordinator, Path directory) {
    this.config = config;
    this.key = key;
    this.coordinator = coordinator;
    this.directory = directory;
  }

  /** Starts it; what a configuration says of ports does not count. */
  static LoneCluster start(Path directory, NodeConfig said) throws IOException {
    List<Integer> ports = OwnPorts.take(3);
    NodeConfig config =
        said.withSeeds(List.of(new HostPort("127.0.0.1", ports.getFirst())))
            .on("127.0.0.1", ports.get(0), ports.get(1), ports.get(2));
    NodeHome home = NodeHome.open(directory.resolve("c1"));
    ApiKey key =
        NewCluster.create(home, "lab", ClusterCoordinator.place(config, "c1"), 1, Instant.now());
    Coordinator coordinator = ClusterCoordinator.start(config, home, Map.of());
    LoneCluster cluster = new LoneCluster(config, key, coordinator, directory);
    await()
        .atMost(PATIENCE)
        .until(() -> coordinator.leads() && cluster.operations().contains("cluster.found"));
    return cluster;
  }

  NodeHome home(String node) {
    return NodeHome.open(directory.resolve(node));
  }

  JoinToken token(Role role) throws Exception {
    return JoinToken.parse(
        coordinator
            .gateway()
            .invite(ADMIN, Gateway.NodeRole.valueOf(role.name()), null, Duration.ofMinutes(5))
            .join()
            .token());
  }

  NodeHome joinWorker(String node) throws Exception {
    NodeHome home = home(node);
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      NodeIdentity _ =
          new Joining(token(Role.WORKER), Role.WORKER, node, null, home, _ -> {})
              .join(discovery, PATIENCE);
    }
    return home;
  }

  NodeKeys keys(String node) throws IOException {
    return NodeKeys.of(
        Objects.requireNonNull(home(node).keys().credential(Purpose.NODES), "it joined"));
  }

  NodeTrust trust() throws IOException {
    return NodeTrust.of("lab", home("c1").keys().trusted(Purpose.NODES))
        .only(Role.COORDINATOR)
        .build();
  }

  /** A connection on which these keys are shown. */
  ManagedChannel channel(NodeKeys keys) throws IOException {
    HostPort door = config.nodeDiscovery().seeds().getFirst();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(door.host(), door.port())
            .sslContext(Tls.grpcClient(keys, trust()))
            .build();
    channels.add(channel);
    return channel;
  }

  List<AuditEntry> audit() {
    return coordinator.gateway().audit(ADMIN, 100, null).items();
  }

  private List<String> operations() {
    return audit().stream().map(AuditEntry::operation).toList();
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    coordinator.close();
  }
}
