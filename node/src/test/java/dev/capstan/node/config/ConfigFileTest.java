package dev.capstan.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.core.decision.WaitingRules;
import dev.capstan.core.placement.Strategy;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.node.config.NodeConfig.DiscoveryProtocol;
import dev.capstan.node.config.NodeConfig.PlacementStrategy;
import dev.capstan.node.env.StartupRefusal;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigFileTest {
  private static final String PUBLISHED =
      """
      distributed_workflow_engine:
        node_discovery:    { enabled: true, protocol: "mdns", heartbeat_interval: 10s }
        scheduling:        { strategy: "load_balanced", max_tasks_per_node: 50 }
        state_sync:        { enabled: true, protocol: "raft", sync_interval: 5s }
        consensus:         { protocol: "raft", election_timeout: 2s }
        failure_detection: { enabled: true, detection_interval: 3s, recovery_strategy: "reassign" }
      """;

  @Test
  void thePublishedExampleWorksAsItIs() throws ConfigRefused {
    NodeConfig config = ConfigFile.parse(PUBLISHED, "capstan.yaml");

    assertThat(config.nodeDiscovery().enabled()).isTrue();
    assertThat(config.nodeDiscovery().protocol()).isEqualTo(DiscoveryProtocol.MDNS);
    assertThat(config.nodeDiscovery().heartbeatInterval()).hasSeconds(10);
    assertThat(config.scheduling().strategy()).isEqualTo(PlacementStrategy.LOAD_BALANCED);
    assertThat(config.scheduling().maxTasksPerNode()).isEqualTo(50);
    assertThat(config.stateSync().syncInterval()).hasSeconds(5);
    assertThat(config.consensus().electionTimeout()).hasSeconds(2);
    assertThat(config.failureDetection().detectionInterval()).hasSeconds(3);
    assertThat(config.failureDetection().keepAlive()).hasMillis(750);
    assertThat(config.failureDetection().recoveryStrategy()).isEqualTo(RecoveryStrategy.REASSIGN);
    assertThat(config.node()).isEqualTo(NodeConfig.ofDefaults().node());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "distributed_workflow_engine:\n",
        "distributed_workflow_engine: {}\n",
        "distributed_workflow_engine:\n  scheduling:\n  node: {}\n",
        "{\"distributed_workflow_engine\": {}}"
      })
  void whatIsLeftOutIsTheDefault(String text) throws ConfigRefused {
    assertThat(ConfigFile.parse(text, "c.yaml")).isEqualTo(NodeConfig.ofDefaults());
  }

  @Test
  void defaultsAreThoseOfTheReference() {
    NodeConfig config = NodeConfig.ofDefaults();

    assertThat(config.nodeDiscovery().heartbeatInterval()).hasSeconds(1);
    assertThat(config.nodeDiscovery().seeds()).isEmpty();
    assertThat(config.node().leaving().grace()).isZero();
    assertThat(config.node().leaving().graceOnce()).hasSeconds(10);
    assertThat(config.nodeDiscovery().dnsName()).isNull();
    assertThat(config.consensus().electionTimeout()).hasMillis(300);
    assertThat(config.consensus().partitions()).isZero();
    assertThat(config.failureDetection().detectionInterval()).hasSeconds(1);
    assertThat(config.failureDetection().keepAlive()).hasMillis(250);
    assertThat(config.node().bind()).isEqualTo("0.0.0.0");
    assertThat(config.node().name()).isNull();
    assertThat(config.node().httpPort()).isEqualTo(7480);
  }

  @Test
  void whoListensAtOneAddressIsAnnouncedThere() throws ConfigRefused {
    assertThat(announced("bind: 10.0.0.7")).isEqualTo("10.0.0.7");
    assertThat(announced("bind: 10.0.0.7, advertise: n1.example")).isEqualTo("n1.example");
    assertThat(announced("bind: n1.example")).isNull();
    assertThat(announced("bind: '::'")).isNull();
  }

  private static @Nullable String announced(String node) throws ConfigRefused {
    return ConfigFile.parse("distributed_workflow_engine: { node: { " + node + " } }", "node.yaml")
        .node()
        .announcedAt();
  }

  @Test
  void aLabelOfAStrategyThatHasNoneIsRefused() {
    assertThatThrownBy(() ->
            ConfigFile.parse(
                "distributed_workflow_engine: { scheduling: { strategy: bin_pack, strategy_label: zone } }",
                "c.yaml"))
        .hasMessageContaining("\"strategy_label\" means nothing with the strategy bin_pack");
  }

  @Test
  void everyKeyCanBeGiven() throws ConfigRefused {
    NodeConfig config =
        ConfigFile.parse(
            """
            distributed_workflow_engine:
              node_discovery:
                enabled: false
                protocol: dns
                heartbeat_interval: PT1M30S
                seeds: ["a.example:7481", "[fd00::1]:7481", "10.0.0.1:1", "10.0.0.1:1"]
                dns_name: coordinators.example
                port: 9000
              scheduling: { strategy: spread, strategy_label: zone, queue_timeout: 10m, max_tasks_per_node: 1 }
              state_sync: { enabled: false, sync_interval: 1h }
              consensus: { election_timeout: 100ms, partitions: 7 }
              failure_detection: { enabled: false, detection_interval: 2m, recovery_strategy: fail, recovery_timeout: 5s }
              lifecycle_events:
                sink: "https://events.example:8443/in?x=1"
                token_secret: EVENTS_TOKEN
                header_secrets: { X-Api-Key: EVENTS_KEY }
                mode: batched
                status_changed: true
                max_waiting: 5
              node:
                name: n-1
                data: /var/lib/capstan
                bind: "::"
                advertise: n1.example
                http_port: 0
                grpc_port: 0
                peer_port: 9
                labels: { zone: a, cloud: "eu 1" }
                leave_grace: 2m
                leave_grace_once: 0s
                without: ["run:container", "call:mcp:stdio", "call:asyncapi"]
                secrets: secrets.yaml
            """,
            "c.yaml");

    assertThat(config.nodeDiscovery())
        .isEqualTo(
            new NodeConfig.NodeDiscovery(
                false,
                DiscoveryProtocol.DNS,
                Duration.ofSeconds(90),
                List.of(
                    new HostPort("a.example", 7481),
                    new HostPort("fd00::1", 7481),
                    new HostPort("10.0.0.1", 1)),
                "coordinators.example",
                9000,
                List.of()));
    assertThat(config.scheduling())
        .isEqualTo(
            new NodeConfig.Scheduling(PlacementStrategy.SPREAD, "zone", Duration.ofMinutes(10), 1));
    assertThat(config.stateSync().enabled()).isFalse();
    assertThat(config.stateSync().syncInterval()).hasHours(1);
    assertThat(config.consensus().partitions()).isEqualTo(7);
    assertThat(config.failureDetection().recoveryStrategy()).isEqualTo(RecoveryStrategy.FAIL);
    assertThat(SchedulingDefaults.of(config))
        .isEqualTo(
            new SchedulingDefaults(
                new Strategy.Spread("zone"),
                new WaitingRules(
                    Duration.ofMinutes(10), RecoveryStrategy.FAIL, Duration.ofSeconds(5))));
    assertThat(config.lifecycleEvents())
        .isEqualTo(
            new NodeConfig.LifecycleEvents(
                URI.create("https://events.example:8443/in?x=1"),
                "EVENTS_TOKEN",
                Map.of("X-Api-Key", "EVENTS_KEY"),
                NodeConfig.ContentMode.BATCHED,
                true,
                5));
    assertThat(config.node())
        .isEqualTo(
            new NodeConfig.Node(
                "n-1",
                Path.of("/var/lib/capstan"),
                "::",
                "n1.example",
                0,
                0,
                9,
                Map.of("zone", "a", "cloud", "eu 1"),
                new NodeConfig.Leaving(Duration.ofMinutes(2), Duration.ZERO),
                List.of(TaskKind.CONTAINER, TaskKind.MCP_STDIO, TaskKind.ASYNCAPI),
                Path.of("secrets.yaml")));
  }

  /** The lines that the keys stand in follow the root; so a key in the first line is in line 2. */
  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(
            "  node_discovery: { enabeld: true }",
            "2:21: unknown key \"enabeld\" in node_discovery",
            "allowed here: enabled, protocol, heartbeat_interval, seeds, dns_name, port, interfaces\n"
                + "fix: did you mean \"enabled\"?"),
        Arguments.of(
            "  lifecycle_events: { sink: \"ftp://a.example\" }",
            "2:29: \"sink\" does not have the form of URL: the text \"ftp://a.example\"",
            "allowed: an absolute http or https URL without user, password and fragment"),
        Arguments.of(
            "  lifecycle_events: { sink: \"http://a.example\", header_secrets: { Content-Type: A } }",
            "2:67: \"Content-Type\" of \"header_secrets\" is no header that can be set",
            "allowed: " + SinkHeaders.ALLOWED),
        Arguments.of(
            "  lifecycle_events: { sink: \"http://a.example\", token_secret: A, header_secrets: { authorization: B } }",
            "2:63: \"token_secret\" and \"header_secrets\" both say what the header authorization is",
            "fix: remove one of them"),
        Arguments.of(
            "  lifecycle_events: { mode: batched }",
            "2:29: \"mode\" means nothing without \"sink\"",
            "fix: remove it, or add sink: the URL that life-cycle events are sent to"),
        Arguments.of(
            "  node_discovry: {}",
            "2:3: unknown key \"node_discovry\" in distributed_workflow_engine",
            "allowed here: node_discovery, scheduling, state_sync, consensus, failure_detection, lifecycle_events, node\n"
                + "fix: did you mean \"node_discovery\"?"),
        Arguments.of(
            "  scheduling: { detection_interval: 1s }",
            "2:17: unknown key \"detection_interval\" in scheduling",
            "allowed here: strategy, strategy_label, queue_timeout, max_tasks_per_node\nfix: it belongs to failure_detection"),
        Arguments.of(
            "  node: { without: [\"run:containers\"] }",
            "2:21: item 1 of \"without\" does not have the form of kind: the text \"run:containers\"",
            "allowed: one of " + TaskKind.ALLOWED),
        Arguments.of(
            "  node_discovery: { enabled: yes }",
            "2:30: \"enabled\" must be true or false, but is the text \"yes\"",
            "allowed: true, false"),
        Arguments.of(
            "  scheduling: { strategy: binpack }",
            "2:27: \"strategy\" must be one of the allowed words, but is the text \"binpack\"",
            "allowed: load_balanced, round_robin, bin_pack, spread, affinity\n"
                + "fix: did you mean \"bin_pack\"?"),
        Arguments.of(
            "  consensus: { protocol: paxos }",
            "2:26: \"protocol\" must be one of the allowed words, but is the text \"paxos\"",
            "allowed: raft"),
        Arguments.of(
            "  scheduling: { max_tasks_per_node: 0 }",
            "2:37: \"max_tasks_per_node\" is out of range: the number 0",
            "allowed: 1 to 10000"),
        Arguments.of(
            "  scheduling: { max_tasks_per_node: 99999999999999999999 }",
            "2:37: \"max_tasks_per_node\" is out of range: the number 99999999999999999999",
            "allowed: 1 to 10000"),
        Arguments.of(
            "  scheduling: { max_tasks_per_node: 1.5 }",
            "2:37: \"max_tasks_per_node\" must be a whole number, but is the number 1.5",
            "allowed: 1 to 10000"),
        Arguments.of(
            "  node_discovery: { heartbeat_interval: 10 }",
            "2:41: \"heartbeat_interval\" must be a time with its unit, but is the number 10",
            "allowed: 100ms to 10m, such as 500ms, 10s, 2m, 1h or PT1M30S\n"
                + "fix: add the unit: ms, s, m or h"),
        Arguments.of(
            "  node_discovery: { heartbeat_interval: 10 seconds }",
            "2:41: \"heartbeat_interval\" must be a time with its unit, but is the text \"10 seconds\"",
            "allowed: 100ms to 10m, such as 500ms, 10s, 2m, 1h or PT1M30S"),
        Arguments.of(
            "  node_discovery: { heartbeat_interval: PT }",
            "2:41: \"heartbeat_interval\" must be a time with its unit, but is the text \"PT\"",
            "allowed: 100ms to 10m, such as 500ms, 10s, 2m, 1h or PT1M30S"),
        Arguments.of(
            "  consensus: { election_timeout: 99ms }",
            "2:34: \"election_timeout\" is out of range: the text \"99ms\"",
            "allowed: 100ms to 1m, such as 500ms, 10s, 2m, 1h or PT1M30S"),
        Arguments.of(
            "  consensus: { election_timeout: PT-1S }",
            "2:34: \"election_timeout\" is out of range: the text \"PT-1S\"",
            "allowed: 100ms to 1m, such as 500ms, 10s, 2m, 1h or PT1M30S"),
        Arguments.of(
            "  consensus:\n    election_timeout:",
            "3:22: \"election_timeout\" has no value",
            "allowed: 100ms to 1m, such as 500ms, 10s, 2m, 1h or PT1M30S\n"
                + "fix: remove the key to take the default"),
        Arguments.of(
            "  consensus: raft",
            "2:14: consensus must be a map, but is the text \"raft\"",
            "fix: write its keys below it, indented, each with a colon"),
        Arguments.of(
            "  node: { name: Node_1 }",
            "2:17: \"name\" does not have the form of name: the text \"Node_1\"",
            "allowed: 1 to 63 letters a-z, digits and -, not - first"),
        Arguments.of(
            "  node: { name: 7 }",
            "2:17: \"name\" must be a text, but is the number 7",
            "allowed: 1 to 63 letters a-z, digits and -, not - first\nfix: put it in quotes"),
        Arguments.of(
            "  node: { labels: { gpu: 1 } }",
            "2:26: \"gpu\" of \"labels\" must be a text, but is the number 1",
            "allowed: " + Labels.ALLOWED + "\nfix: put it in quotes"),
        Arguments.of(
            "  node: { labels: { my zone: a } }",
            "2:21: \"my zone\" of \"labels\" is no name of a label",
            "allowed: " + Labels.ALLOWED),
        Arguments.of(
            "  node: { labels: { cpu: \"4\" } }",
            "2:21: \"cpu\" of \"labels\" is no label: each node counts that itself",
            "allowed: " + Labels.ALLOWED),
        Arguments.of(
            "  scheduling: { strategy: spread, strategy_label: memory }",
            "2:51: \"strategy_label\" does not have the form of name of a label: the text \"memory\"",
            "allowed: a name such as zone, not cpu, memory or disk"),
        Arguments.of(
            "  node: { labels: [a] }",
            "2:19: \"labels\" must be a map, but is a list",
            "allowed: " + Labels.ALLOWED),
        Arguments.of(
            "  node_discovery: { seeds: \"a:1\" }",
            "2:28: \"seeds\" must be a list, but is the text \"a:1\"",
            "allowed: a list of up to 64; each host:port or [IPv6 address]:port"),
        Arguments.of(
            "  node_discovery: { seeds: [\"a:1\", \"b\"] }",
            "2:36: item 2 of \"seeds\" does not have the form of host:port: the text \"b\"",
            "allowed: host:port or [IPv6 address]:port"),
        Arguments.of(
            "  node_discovery: { seeds: [\"a:65536\"] }",
            "2:29: item 1 of \"seeds\" does not have the form of host:port: the text \"a:65536\"",
            "allowed: host:port or [IPv6 address]:port"),
        Arguments.of(
            "  node_discovery: { protocol: dns, dns_name: a/b }",
            "2:46: \"dns_name\" does not have the form of DNS name: the text \"a/b\"",
            "allowed: a name with A or AAAA records, or of SRV records when it begins with _"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultIsToldWithItsPlaceAndWhatIsAllowed(String keys, String message, String hint) {
    ConfigRefused refused = refused("distributed_workflow_engine:\n" + keys + "\n");

    assertThat(refused).hasMessage("c.yaml:" + message);
    assertThat(refused.findings()).extracting(Diagnostic::hint).containsExactly(hint);
  }

  static Stream<Arguments> contradictions() {
    return Stream.of(
        Arguments.of(
            "  node_discovery: { protocol: static }",
            "2:31: the protocol static needs \"seeds\", but there are none"),
        Arguments.of(
            "  node_discovery: { protocol: dns }",
            "2:31: the protocol dns needs \"dns_name\", which is missing"),
        Arguments.of(
            "  node_discovery: { dns_name: a.example }",
            "2:31: \"dns_name\" means nothing with the protocol mdns"),
        Arguments.of(
            "  node_discovery: { port: 7481 }",
            "2:27: \"port\" means nothing with the protocol mdns"),
        Arguments.of(
            "  node_discovery: { protocol: static, seeds: [\"a:1\"], interfaces: [lo] }",
            "2:67: \"interfaces\" means nothing with the protocol static"),
        Arguments.of(
            "  node_discovery: { protocol: dns, dns_name: _c._tcp.example, port: 1 }",
            "2:69: \"port\" means nothing when \"dns_name\" begins with _, since SRV records tell the port"),
        Arguments.of(
            "  node: { advertise: 0.0.0.0 }",
            "2:22: \"advertise\" is 0.0.0.0, at which nobody can be reached"),
        Arguments.of(
            "  node: { grpc_port: 7480 }", "2:22: \"http_port\" and \"grpc_port\" are both 7480"),
        Arguments.of(
            "  node: { http_port: 7482 }", "2:22: \"http_port\" and \"peer_port\" are both 7482"));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void aContradictionIsToldAtTheValueToCorrect(String keys, String message) {
    ConfigRefused refused = refused("distributed_workflow_engine:\n" + keys + "\n");

    assertThat(refused).hasMessage("c.yaml:" + message);
    assertThat(refused.findings()).extracting(Diagnostic::code).containsExactly("CAP-8103");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "  node_discovery: { enabled: false, protocol: static }",
        "  node_discovery: { enabled: false, protocol: dns }",
        "  node_discovery: { enabled: false, interfaces: [nosuch0] }",
        "  node: { http_port: 0, grpc_port: 0, peer_port: 0 }",
        "  node_discovery: { protocol: static, seeds: [\"localhost:1\"] }"
      })
  void whatIsNotUsedContradictsNothing(String keys) throws ConfigRefused {
    assertThat(ConfigFile.parse("distributed_workflow_engine:\n" + keys + "\n", "c.yaml"))
        .isNotNull();
  }

  /** What the protocol should have been is unknown, so what fits to it is not judged. */
  @Test
  void aMisspelledProtocolCausesNoSecondFault() {
    ConfigRefused refused =
        refused(
            "distributed_workflow_engine:\n  node_discovery: { protocol: dnss, dns_name: a.example }\n");

    assertThat(refused.findings()).extracting(Diagnostic::code).containsExactly("CAP-8102");
  }

  @Test
  void allFaultsAreToldAtOnceInTheOrderOfTheText() {
    ConfigRefused refused =
        refused(
            """
            distributed_workflow_engine:
              failure_detection: { detection_interval: soon, enabled: 1 }
              scheduling: { stratgy: spread }
              node: { labels: { a: 1, b: 2 }, grpc_port: 7480 }
            scheduling: {}
            """);

    assertThat(refused)
        .hasMessage(
            """
            c.yaml:2:44: "detection_interval" must be a time with its unit, but is the text "soon"
            c.yaml:2:59: "enabled" must be true or false, but is the number 1
            c.yaml:3:17: unknown key "stratgy" in scheduling
            c.yaml:4:24: "a" of "labels" must be a text, but is the number 1
            c.yaml:4:30: "b" of "labels" must be a text, but is the number 2
            c.yaml:4:46: "http_port" and "grpc_port" are both 7480
            c.yaml:5:1: unknown key "scheduling" in the file\
            """);
    assertThat(refused.findings().getLast().hint())
        .isEqualTo(
            "allowed here: distributed_workflow_engine\n"
                + "fix: indent it under distributed_workflow_engine:");
  }

  @Test
  void aFaultLooksLikeOneOfADefinition() {
    ConfigRefused refused =
        refused("distributed_workflow_engine:\n  scheduling: { stratgy: spread }\n");

    assertThat(refused.rendered())
        .isEqualTo(
            """
            error CAP-8101: unknown key "stratgy" in scheduling
              ┌ c.yaml:2:17
             2│   scheduling: { stratgy: spread }
              │                 ^^^^^^^
              = allowed here: strategy, strategy_label, queue_timeout, max_tasks_per_node
              = fix: did you mean "strategy"?
              = more: capstan explain CAP-8101\
            """);
    assertThat(refused.asStartupRefusal().code())
        .isEqualTo(StartupRefusal.Code.CONFIGURATION_INVALID);
  }

  static Stream<Arguments> noTrees() {
    return Stream.of(
        Arguments.of("- a\n", "1:1: the file must be a map, but is a list"),
        Arguments.of("hello\n", "1:1: the file must be a map, but is the text \"hello\""),
        Arguments.of(
            "distributed_workflow_engin: {}\n",
            "1:1: unknown key \"distributed_workflow_engin\" in the file"),
        Arguments.of("a:\n\tb: 1\n", "2:1: a tab stands where YAML wants spaces"),
        Arguments.of("a: 1\na: 2\n", "2:1: the key \"a\" stands twice in one object"),
        Arguments.of("a: 1\n---\nb: 2\n", "2:1: the text holds more than one YAML document"),
        Arguments.of("a: *b\n", "1:4: the alias *b names no anchor above it"));
  }

  @ParameterizedTest
  @MethodSource("noTrees")
  void whatIsNoConfigurationIsRefusedWhereItEnds(String text, String message) {
    assertThat(refused(text)).hasMessage("c.yaml:" + message);
  }

  @Test
  void aliasesCanNotBlowUpTheMemory() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      String before = "*a" + (i - 1);
      bomb.append(
          "a%d: &a%d [%s]\n".formatted(i, i, String.join(", ", Collections.nCopies(10, before))));
    }
    ConfigRefused refused = refused(bomb.toString());

    assertThat(refused.findings()).hasSize(1);
    assertThat(refused).hasMessageContaining("more than 10000 values");
    assertThat(refused.findings().getFirst().hint()).contains("one small document");
  }

  @Test
  void seedsOfTheCommandLineCountWithTheFiles() throws ConfigRefused {
    HostPort own = new HostPort("10.0.0.1", 7481);
    HostPort more = new HostPort("10.0.0.2", 7481);
    String without = "distributed_workflow_engine:\n  node_discovery: { protocol: static }\n";
    String with = without.replace("static }", "static, seeds: ['10.0.0.1:7481'] }");

    assertThat(ConfigFile.parse(without, "c.yaml", List.of(more)).nodeDiscovery().seeds())
        .containsExactly(more);
    assertThat(ConfigFile.parse(with, "c.yaml", List.of(more, own)).nodeDiscovery().seeds())
        .containsExactly(own, more);
    assertThat(ConfigFile.parse("", "c.yaml", List.of(more)).nodeDiscovery().seeds())
        .containsExactly(more);
  }

  @Test
  void aFileIsRead(@TempDir Path directory) throws IOException, ConfigRefused {
    Path file = Files.writeString(directory.resolve("capstan.yaml"), PUBLISHED);

    assertThat(ConfigFile.read(file, List.of()))
        .isEqualTo(ConfigFile.parse(PUBLISHED, "capstan.yaml"));
    assertThatThrownBy(() -> ConfigFile.read(directory.resolve("none.yaml"), List.of()))
        .isInstanceOf(StartupRefusal.class)
        .hasMessageContaining("none.yaml")
        .hasMessageContaining("CONFIGURATION_INVALID");
    Path large = Files.writeString(directory.resolve("large.yaml"), "#".repeat(300_000));
    assertThatThrownBy(() -> ConfigFile.read(large, List.of()))
        .isInstanceOf(ConfigRefused.class)
        .hasMessageContaining("the limit is 262144");
  }

  private static ConfigRefused refused(String text) {
    return Objects.requireNonNull(
        catchThrowableOfType(ConfigRefused.class, () -> ConfigFile.parse(text, "c.yaml")),
        "accepted");
  }
}
