package dev.capstan.cli;

import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.cli.local.StartFailure;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.ConfigRefused;
import dev.capstan.node.config.ConfigWarnings;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.MachineName;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.env.StartupRefusal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of a node: its configuration file, and what the command line says instead. */
final class NodeOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration of the node; docs/config.md tells all keys.")
  @Nullable String config;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the node keeps what must not be lost; .capstan here without it.")
  @Nullable String data;

  @Option(
      names = "--name",
      description = "Name of the node in the cluster; that of the machine without it.")
  @Nullable String name;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "Address to listen on; all of this machine's without it.")
  @Nullable String bind;

  @Option(
      names = "--advertise",
      paramLabel = "HOST",
      description = "Host name or address at which others reach this node; its own without it.")
  @Nullable String advertise;

  @Option(
      names = "--seeds",
      split = ",",
      paramLabel = "HOST:PORT",
      description = "gRPC addresses of coordinators; several with commas.")
  List<String> seeds = new ArrayList<>();

  @Option(names = "--http-port", paramLabel = "N|auto", description = "7480 without it.")
  @Nullable String httpPort;

  @Option(names = "--grpc-port", paramLabel = "N|auto", description = "7481 without it.")
  @Nullable String grpcPort;

  @Option(names = "--peer-port", paramLabel = "N|auto", description = "7482 without it.")
  @Nullable String peerPort;

  private static final int PORTS = 3;

  private @Nullable String wanted;

  /**
   * The configuration with what the command line says instead; ports are chosen.
   *
   * @param slots of a worker; null for what the configuration says
   */
  NodeConfig read(Console console, Map<String, String> labels, @Nullable Integer slots) {
    return read(console, labels, slots, null);
  }

  /**
   * As above.
   *
   * @param leaveGrace how long what runs may go on when a worker leaves; null for what the
   *     configuration says
   */
  NodeConfig read(
      Console console,
      Map<String, String> labels,
      @Nullable Integer slots,
      @Nullable Duration leaveGrace) {
    requireHosts();
    NodeConfig file = file(console);
    NodeConfig.Node node = file.node();
    wanted = name == null ? node.name() : name;
    Map<String, String> allLabels = new TreeMap<>(node.labels());
    allLabels.putAll(labels);
    NodeConfig read =
        new NodeConfig(
            file.nodeDiscovery(),
            slots == null ? file.scheduling() : file.scheduling().withSlots(slots),
            file.stateSync(),
            file.consensus(),
            file.failureDetection(),
            file.lifecycleEvents(),
            new NodeConfig.Node(
                Objects.requireNonNullElse(wanted, MachineName.forNode()),
                console.resolve(data == null ? node.data().toString() : data),
                bind == null ? node.bind() : bind,
                advertise == null ? node.advertise() : advertise,
                port(httpPort, node.httpPort()),
                port(grpcPort, node.grpcPort()),
                port(peerPort, node.peerPort()),
                allLabels,
                leaveGrace == null
                    ? node.leaving()
                    : new NodeConfig.Leaving(leaveGrace, node.leaving().graceOnce()),
                node.without(),
                secrets(console, node)));
    requirePorts(read.node());
    ConfigWarnings.warnings(read).forEach(warning -> console.talk("warning: " + warning));
    return read;
  }

  /** The name that the node was told to have; null when it takes the machine's. */
  @Nullable String wanted() {
    return wanted;
  }

  private static @Nullable Path secrets(Console console, NodeConfig.Node node) {
    Path secrets = node.secrets();
    return secrets == null ? null : console.resolve(secrets.toString());
  }

  private NodeConfig file(Console console) {
    List<HostPort> more = seeds.stream().map(NodeOptions::seed).toList();
    if (config == null) {
      return NodeConfig.ofDefaults().withSeeds(more);
    }
    try {
      return ConfigFile.read(console.resolve(config), more);
    } catch (StartupRefusal refusal) {
      throw StartFailure.of(refusal, null);
    } catch (ConfigRefused e) {
      // The console says "error" of whatever it is given.
      String findings = e.rendered().replaceFirst("^error ", "");
      throw CliFailure.misuse(findings, "docs/config.md tells all keys and what they take");
    }
  }

  /** The same as in a configuration. */
  private void requireHosts() {
    if (bind != null && !HostPort.isHost(bind)) {
      throw CliFailure.misuse(
          "--bind is \"" + bind + "\"",
          "an address or a host name of this machine; 0.0.0.0 or :: for all addresses");
    }
    if (advertise != null && (!HostPort.isHost(advertise) || HostPort.isEverywhere(advertise))) {
      throw CliFailure.misuse(
          "--advertise is \"" + advertise + "\", at which nobody can be reached",
          "an address or a host name that other machines know");
    }
  }

  private static void requirePorts(NodeConfig.Node node) {
    if (Stream.of(node.httpPort(), node.grpcPort(), node.peerPort()).distinct().count() < PORTS) {
      throw CliFailure.misuse(
          "the ports of HTTP, gRPC and peers are "
              + node.httpPort()
              + ", "
              + node.grpcPort()
              + " and "
              + node.peerPort(),
          "give each a port of its own, or auto for any that is free");
    }
  }

  private static HostPort seed(String text) {
    return HostPort.parse(text)
        .orElseThrow(() ->
            CliFailure.misuse(
                "--seeds has \"" + text + "\"",
                "it takes host:port of coordinators (their gRPC port, 7481 unless changed)"));
  }

  private static int port(@Nullable String text, int without) {
    int port = Ports.parse(text, without);
    // Others must be told the port before this node listens on it.
    return port == 0 ? FreePorts.next() : port;
  }
}
