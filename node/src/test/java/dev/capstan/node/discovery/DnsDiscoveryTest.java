package dev.capstan.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.NodeConfig.NodeDiscovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import javax.naming.Context;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DnsDiscoveryTest {
  private static final String NAME = "coordinators.example";
  private static final String SERVICE = "_capstan._tcp.example";

  @TempDir Path directory;
  private NameServerStub server;

  @BeforeEach
  void start() throws IOException {
    server = new NameServerStub();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void everyAddressOfANameIsACoordinator() {
    server.addresses(NAME, "10.0.0.2", "10.0.0.1", "fd00::1");

    assertThat(looked(NAME).known())
        .extracting(CoordinatorAddress::toString)
        .containsExactly("10.0.0.1:7481", "10.0.0.2:7481", "[fd00::1]:7481");
  }

  @Test
  void aNameMayHaveAddressesOfOneKindOnly() {
    server.addresses(NAME, "fd00::1");

    assertThat(looked(NAME).known()).extracting(CoordinatorAddress::host).hasSize(1);
  }

  @Test
  void servicesTellTheirPortAndComeByPriorityAndWeight() {
    server.services(
        SERVICE,
        new NameServerStub.Service(20, 0, 1, "last.example"),
        new NameServerStub.Service(10, 1, 2, "light.example"),
        new NameServerStub.Service(10, 9, 3, "heavy.example"));

    assertThat(looked(SERVICE).known())
        .extracting(CoordinatorAddress::toString)
        .containsExactly("heavy.example:3", "light.example:2", "last.example:1");
  }

  @Test
  void theTargetThatMeansNoServiceIsNone() {
    server.services(
        SERVICE,
        new NameServerStub.Service(0, 0, 0, ""),
        new NameServerStub.Service(0, 0, 5, "a.example"));

    assertThat(looked(SERVICE).known())
        .extracting(CoordinatorAddress::toString)
        .containsExactly("a.example:5");
  }

  @Test
  void listenersHearWhatIsKnownAndThenEachChangeOnce() {
    server.addresses(NAME, "10.0.0.1");
    DnsDiscovery discovery = looked(NAME);
    List<List<String>> told = new ArrayList<>();
    discovery.onChange(known -> told.add(known.stream().map(CoordinatorAddress::host).toList()));

    discovery.lookUp();
    server.addresses(NAME, "10.0.0.2", "10.0.0.1");
    discovery.lookUp();
    server.addresses(NAME, "10.0.0.1", "10.0.0.2");
    discovery.lookUp();
    server.addresses(NAME, "10.0.0.2");
    discovery.lookUp();

    assertThat(told)
        .containsExactly(List.of("10.0.0.1"), List.of("10.0.0.1", "10.0.0.2"), List.of("10.0.0.2"));
  }

  @Test
  void aListenerThatFailsDisturbsNoOther() {
    server.addresses(NAME, "10.0.0.1");
    DnsDiscovery discovery = new DnsDiscovery(NAME, 7481, server.client());
    List<Integer> told = new ArrayList<>();
    Logger complaints = Logger.getLogger(KnownAddresses.class.getName());
    complaints.setLevel(Level.OFF);
    try {
      discovery.onChange(known -> Collections.emptyList().getFirst());
      discovery.onChange(known -> told.add(known.size()));
      discovery.lookUp();
    } finally {
      complaints.setLevel(null);
    }

    assertThat(told).containsExactly(0, 1);
  }

  @Test
  void aFailureKeepsTheLastAnswer() {
    server.addresses(NAME, "10.0.0.1");
    DnsDiscovery discovery = looked(NAME);

    server.breakDown(true);
    discovery.lookUp();
    assertThat(discovery.known()).extracting(CoordinatorAddress::host).containsExactly("10.0.0.1");

    server.breakDown(false);
    server.forget(NAME);
    discovery.lookUp();
    assertThat(discovery.known()).extracting(CoordinatorAddress::host).containsExactly("10.0.0.1");

    server.addresses(NAME);
    discovery.lookUp();
    assertThat(discovery.known()).extracting(CoordinatorAddress::host).containsExactly("10.0.0.1");

    server.addresses(NAME, "10.0.0.3");
    discovery.lookUp();
    assertThat(discovery.known()).extracting(CoordinatorAddress::host).containsExactly("10.0.0.3");
  }

  @Test
  void anAnswerWithTooManyAddressesIsCut() {
    server.addresses(
        NAME, IntStream.range(0, 80).mapToObj(i -> "10.0.0." + i).toArray(String[]::new));

    assertThat(looked(NAME).known()).hasSize(DnsDiscovery.MOST);
  }

  @Test
  void theNameIsLookedUpAgainAndAgainUntilClosed() {
    server.addresses(NAME, "10.0.0.1");
    try (DnsDiscovery discovery =
        DnsDiscovery.open(NAME, 7481, Duration.ofMillis(20), server.client())) {
      awaitHosts(discovery, "10.0.0.1");
      server.addresses(NAME, "10.0.0.2");
      awaitHosts(discovery, "10.0.0.2");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("discovery-dns")));
  }

  /** Each round has two questions; in twenty of the quick ones a second would be over twice. */
  @Test
  void theConfigurationSaysHowOften() throws Exception {
    String before = System.getProperty(Context.PROVIDER_URL);
    System.setProperty(Context.PROVIDER_URL, server.url());
    server.addresses("quick.example", "10.0.0.1");
    server.addresses("slow.example", "10.0.0.2");
    try (Discovery slow = Discoveries.open(configured("slow.example", "10m"), null, null);
        Discovery quick = Discoveries.open(configured("quick.example", "100ms"), null, null)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> server.asked("quick.example") >= 40 && server.asked("slow.example") > 0);

      assertThat(server.asked("slow.example")).isLessThanOrEqualTo(2);
      assertThat(slow.known()).extracting(CoordinatorAddress::host).doesNotContain("10.0.0.1");
      assertThat(quick.known()).extracting(CoordinatorAddress::host).containsExactly("10.0.0.1");
    } finally {
      if (before == null) {
        System.clearProperty(Context.PROVIDER_URL);
      } else {
        System.setProperty(Context.PROVIDER_URL, before);
      }
    }
  }

  private NodeDiscovery configured(String name, String interval) throws Exception {
    Path file = directory.resolve(name + ".yaml");
    Files.writeString(
        file,
        "distributed_workflow_engine:\n  node_discovery: { protocol: dns, dns_name: "
            + name
            + ", heartbeat_interval: "
            + interval
            + " }\n");
    return ConfigFile.read(file, List.of()).nodeDiscovery();
  }

  @Test
  void theNamesOfThisMachineAreKnownToo() {
    DnsDiscovery discovery = new DnsDiscovery("localhost", 1, NameServer.ofThisMachine());
    discovery.lookUp();

    assertThat(discovery.known()).extracting(CoordinatorAddress::host).contains("127.0.0.1");
  }

  private DnsDiscovery looked(String name) {
    DnsDiscovery discovery = new DnsDiscovery(name, 7481, server.client());
    discovery.lookUp();
    return discovery;
  }

  private static void awaitHosts(Discovery discovery, String host) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() ->
            assertThat(discovery.known())
                .extracting(CoordinatorAddress::host)
                .containsExactly(host));
  }
}
