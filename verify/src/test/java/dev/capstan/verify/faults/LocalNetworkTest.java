package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.cli.Capstan;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Coordinator;
import dev.capstan.client.Node;
import dev.capstan.security.tls.Credential;
import dev.capstan.verify.lab.EnabledIfNetworkLab;
import dev.capstan.verify.lab.Host;
import dev.capstan.verify.lab.HostProcess;
import dev.capstan.verify.lab.Lab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that know nobody's address, on a network with two clusters. The coordinator of the first
 * one is on a second network as well.
 */
@EnabledIfNetworkLab
@TestInstance(Lifecycle.PER_CLASS)
class LocalNetworkTest {
  private static final int HTTP = 8080;
  private static final Duration TOKEN_LIFE = Duration.ofMinutes(15);

  private Path folder = Path.of("");
  private Lab lab;
  private Host first;
  private ClusterView one;
  private ClusterView two;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    folder = directory;
    Files.writeString(
        folder.resolve("node.yaml"),
        "distributed_workflow_engine:\n  node_discovery: { protocol: mdns }\n");
    lab = Lab.open();
    first = lab.host("a1");
    String _ = first.joinSecondNetwork();
    Host second = lab.host("b1");
    one = cluster(first, "0.0.0.0");
    two = cluster(second, second.address());
  }

  @AfterAll
  void close() {
    one.close();
    two.close();
    lab.close();
  }

  private ClusterView cluster(Host host, String bind) throws IOException {
    List<String> init = new ArrayList<>(List.of("cluster", "init", "--no-start"));
    init.addAll(node(host));
    init.addAll(listening(bind));
    program(host, init).awaitEnd();
    List<String> server = new ArrayList<>(List.of("server"));
    server.addAll(node(host));
    server.addAll(listening(bind));
    HostProcess _ = program(host, server);
    InetSocketAddress door = host.door(HTTP);
    ClusterView view =
        new ClusterView(
            Credential.read(folder.resolve(host.name()).resolve(Credential.ADMINISTRATOR))
                .at(List.of("https://127.0.0.1:" + door.getPort())));
    String _ = view.leader();
    return view;
  }

  private List<String> node(Host host) {
    return List.of(
        "--config",
        folder.resolve("node.yaml").toString(),
        "--name",
        host.name(),
        "--data",
        folder.resolve(host.name()).toString());
  }

  private static List<String> listening(String bind) {
    return List.of(
        "--bind", bind, "--grpc-port", "9090", "--http-port", "" + HTTP, "--peer-port", "7400");
  }

  private HostProcess program(Host host, List<String> arguments) {
    return host.java(
        Capstan.class,
        List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"),
        arguments,
        folder.resolve(host.name() + ".log"));
  }

  private HostProcess join(ClusterView cluster, String role, Host host, List<String> more) {
    List<String> arguments = new ArrayList<>(List.of(role.equals("worker") ? "worker" : "server"));
    arguments.addAll(node(host));
    arguments.addAll(more);
    arguments.add("--join");
    arguments.add(
        CapstanClient.await(cluster.client().invite(role, host.name(), TOKEN_LIFE)).token());
    return program(host, arguments);
  }

  private static List<String> names(ClusterView cluster) {
    return CapstanClient.await(cluster.client().nodes()).stream().map(Node::id).sorted().toList();
  }

  @Test
  void nodesFindTheirOwnClusterAmongTwo() {
    HostProcess _ = join(one, "worker", lab.host("w1"), List.of());
    HostProcess _ = join(two, "worker", lab.host("w2"), List.of());
    Host third = lab.host("b2");
    HostProcess _ = join(two, "coordinator", third, listening(third.address()));

    one.awaitStatus("w1", "active");
    two.awaitStatus("w2", "active");
    two.awaitComplete(2);
    assertThat(names(one)).contains("w1").doesNotContain("w2");
    assertThat(names(two)).contains("w2").doesNotContain("w1");
    assertThat(CapstanClient.await(one.client().cluster()).coordinators())
        .as("where others are told to reach it, on a network without a way out")
        .extracting(Coordinator::grpc)
        .containsExactly(first.address() + ":9090");
  }

  @Test
  void aNodeFindsACoordinatorOverAnyOfItsInterfaces() {
    Host apart = lab.host("w3");
    String _ = apart.joinSecondNetwork();
    apart.leaveFirstNetwork();

    HostProcess _ = join(one, "worker", apart, List.of());

    one.awaitStatus("w3", "active");
  }
}
