package dev.capstan.verify.cluster;

import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.boot.Peers;
import dev.capstan.server.config.CoordinatorConfig;
import dev.capstan.server.log.GrpcPeers;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * One coordinator of three in a process of its own. Arguments: the folder of all, its number from
 * 0, and nine ports: three for replicas, three for HTTP, three for gRPC. Prints {@code ready} and
 * then waits to be killed.
 */
final class ClusterNode {
  static final List<String> MEMBERS = List.of("c1", "c2", "c3");
  static final String CLUSTER = "trio";

  private ClusterNode() {}

  public static void main(String[] arguments) throws InterruptedException {
    Path folder = Path.of(arguments[0]);
    int self = Integer.parseInt(arguments[1]);
    List<Integer> ports =
        List.of(arguments).subList(2, arguments.length).stream().map(Integer::valueOf).toList();
    Map<String, InetSocketAddress> peers = new HashMap<>();
    Map<String, URI> doors = new HashMap<>();
    for (int i = 0; i < MEMBERS.size(); i++) {
      peers.put(MEMBERS.get(i), at(ports.get(i)));
      doors.put(MEMBERS.get(i), URI.create("http://127.0.0.1:" + ports.get(i + 3)));
    }
    GrpcPeers network =
        new GrpcPeers(
            at(ports.get(self)),
            InsecureServerCredentials.create(),
            InsecureChannelCredentials.create(),
            peers,
            16 << 20);
    String name = MEMBERS.get(self);
    Coordinator.start(
        CoordinatorConfig.local(folder.resolve(name))
            .named(CLUSTER, name)
            .withPorts(ports.get(self + 6), ports.get(self + 3)),
        Map.of(),
        new Peers(
            network,
            MEMBERS,
            Duration.ofMillis(300),
            Duration.ofMillis(500),
            node -> doors.get(node)));
    System.out.println("ready");
    new CountDownLatch(1).await();
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
