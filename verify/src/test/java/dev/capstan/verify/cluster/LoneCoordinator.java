package dev.capstan.verify.cluster;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.sdk.node.WorkerNode;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinToken;
import dev.capstan.server.boot.ClusterCoordinator;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.membership.NewCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A coordinator with certificates in this process, on loopback, and workers that join it. */
final class LoneCoordinator implements AutoCloseable {
  static final String CLUSTER = "lab";
  static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Principal ADMIN = new Principal("admin");

  private final Path directory;
  private final NodeConfig config;
  private final Coordinator coordinator;
  private final List<WorkerNode> workers = new ArrayList<>();

  LoneCoordinator(Path directory) throws Exception {
    this.directory = directory;
    // A slow machine loses no node.
    this.config =
        config("c1", "failure_detection: { detection_interval: 20s }")
            .on("127.0.0.1", FreePorts.next(), FreePorts.next(), FreePorts.next());
    NodeHome home = home("c1");
    Object _ =
        NewCluster.create(home, CLUSTER, ClusterCoordinator.place(config, "c1"), 1, Instant.now());
    coordinator = ClusterCoordinator.start(config, home, Map.of());
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() ->
            gateway().audit(ADMIN, 100, null).items().stream()
                .anyMatch(entry -> entry.operation().equals("cluster.found")));
  }

  /** What the file of a node with these sections says. */
  NodeConfig config(String node, String... sections) throws Exception {
    Path file = directory.resolve(node + ".yaml");
    Files.writeString(
        file, "distributed_workflow_engine:\n  " + String.join("\n  ", sections) + "\n");
    return ConfigFile.read(file, List.of());
  }

  /** The section of a node that knows this coordinator. */
  String seeds() {
    return "node_discovery: { protocol: static, seeds: [\"" + grpc() + "\"] }";
  }

  Gateway gateway() {
    return coordinator.gateway();
  }

  HostPort grpc() {
    return ClusterCoordinator.place(config, "c1").grpc();
  }

  NodeHome home(String node) {
    return NodeHome.open(directory.resolve(node));
  }

  /** Joins as a worker that finds coordinators as its configuration says. */
  NodeHome join(String node, NodeConfig how) throws Exception {
    JoinToken token =
        JoinToken.parse(
            gateway()
                .invite(ADMIN, Gateway.NodeRole.WORKER, node, Duration.ofMinutes(5))
                .join()
                .token());
    NodeHome home = home(node);
    try (Discovery discovery = Discoveries.open(how.nodeDiscovery(), null, null)) {
      Object _ =
          new Joining(token, Role.WORKER, node, null, home, _ -> {}).join(discovery, PATIENCE);
    }
    return home;
  }

  /** Starts a worker that has joined. */
  WorkerNode work(String node, NodeConfig how) throws IOException {
    WorkerNode worker =
        WorkerNode.start(
            how,
            home(node),
            Discoveries.open(how.nodeDiscovery(), CLUSTER, null),
            WorkerNode.options(how, home(node)));
    workers.add(worker);
    return worker;
  }

  void start(String definition, String id) {
    Object _ =
        gateway()
            .start(
                ADMIN,
                new Gateway.StartRequest(
                    definition,
                    null,
                    null,
                    null,
                    JsonNodeFactory.instance.objectNode(),
                    id,
                    null,
                    Map.of()))
            .join();
  }

  /** Which attempts were given to which nodes, as {@code 1 w1}. */
  List<String> starts(String id) {
    return gateway().history(ADMIN, id, 0, 100).items().stream()
        .filter(entry -> entry.type().equals("task.started"))
        .map(entry -> entry.attempt() + " " + entry.node())
        .toList();
  }

  /** The output when it has ended. */
  String output(String id) {
    return String.valueOf(gateway().await(ADMIN, id, PATIENCE).join().output());
  }

  @Override
  public void close() {
    workers.forEach(WorkerNode::close);
    coordinator.close();
  }
}
