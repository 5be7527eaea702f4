package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.NameServerStub;
import dev.capstan.sdk.node.WorkerNode;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that know of their coordinators what a name server tells. */
class DnsJoinTest {
  /** By it the JVM is told of other name servers than those of the machine. */
  private static final String NAME_SERVERS = "java.naming.provider.url";

  @TempDir Path directory;
  private NameServerStub names;
  private @Nullable String before;

  @BeforeEach
  void start() throws Exception {
    names = new NameServerStub();
    before = System.getProperty(NAME_SERVERS);
    System.setProperty(NAME_SERVERS, names.url());
  }

  @AfterEach
  void stop() {
    if (before == null) {
      System.clearProperty(NAME_SERVERS);
    } else {
      System.setProperty(NAME_SERVERS, before);
    }
    names.close();
  }

  @Test
  void aNodeJoinsWhatARecordOfServicesNamesAndAnotherOneWhatHasAnAddress() throws Exception {
    try (LoneCoordinator cluster = new LoneCoordinator(directory)) {
      int port = cluster.grpc().port();
      names.services("_capstan._tcp.example", new NameServerStub.Service(0, 0, port, "localhost"));
      names.addresses("coordinators.example", "127.0.0.1");

      joins(cluster, "w1", "protocol: dns, dns_name: _capstan._tcp.example");
      joins(cluster, "w2", "protocol: dns, dns_name: coordinators.example, port: " + port);
    }
  }

  private static void joins(LoneCoordinator cluster, String node, String discovery)
      throws Exception {
    NodeConfig config =
        cluster.config(node, "node_discovery: { heartbeat_interval: 700ms, " + discovery + " }");
    assertThat(config.nodeDiscovery().seeds()).isEmpty();
    Object _ = cluster.join(node, config);
    assertThat(WorkerNode.options(config, cluster.home(node)).build().lookEvery()).hasMillis(700);
    WorkerNode worker = cluster.work(node, config);
    await().atMost(LoneCoordinator.PATIENCE).until(() -> worker.welcomed().isDone());
  }
}
