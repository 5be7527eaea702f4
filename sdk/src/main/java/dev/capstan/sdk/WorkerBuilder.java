package dev.capstan.sdk;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.ConfigRefused;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.Labels;
import dev.capstan.node.config.Limits;
import dev.capstan.node.config.MachineName;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.worker.WorkerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a worker with functions is. It runs these functions and nothing else: no scripts,
 * no commands, no HTTP calls. Not safe for concurrent use.
 */
public final class WorkerBuilder {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Path DATA = Path.of(".capstan-worker");

  private final List<Object> targets = new ArrayList<>();
  private final List<HostPort> servers = new ArrayList<>();
  private final Map<String, String> labels = new TreeMap<>();
  private Binding binding = Binding.ofDefaults();
  private @Nullable String name;
  private @Nullable String token;
  private @Nullable Path config;
  private @Nullable Path data;
  private @Nullable Integer slots;
  private @Nullable Duration leaveGrace;
  private int dev;

  WorkerBuilder() {}

  /** Offers the methods of these objects that have {@link TaskFunction}. */
  public WorkerBuilder functions(Object... objects) {
    targets.addAll(List.of(objects));
    return this;
  }

  /** What binds arguments and results, instead of a strict mapper with the modules found here. */
  public WorkerBuilder mapper(ObjectMapper value) {
    binding = new Binding(value);
    return this;
  }

  /**
   * Joins the cluster of a token for workers ({@code capstan cluster join-token --role worker}),
   * unless the data directory is that of a node that has joined it already.
   *
   * @param joinToken null for none: then the node must have joined before
   */
  public WorkerBuilder join(@Nullable String joinToken) {
    token = joinToken;
    return this;
  }

  /**
   * A coordinator of the cluster, as {@code host:port} of its gRPC; one is enough, since it knows
   * the others. Without any they are looked for as the configuration says, with mDNS if it says
   * nothing.
   *
   * @throws IllegalArgumentException when it is none
   */
  public WorkerBuilder server(String address) {
    servers.add(
        HostPort.parse(address)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "server() takes host:port of a coordinator's gRPC (7481 unless changed), not \""
                        + address
                        + "\"")));
    return this;
  }

  /**
   * Works for {@code capstan dev} on this machine, instead of a cluster: open, on loopback.
   *
   * @param grpcPort 7481 unless changed
   */
  public WorkerBuilder dev(int grpcPort) {
    if (grpcPort < 1 || grpcPort > 65535) {
      throw new IllegalArgumentException("grpcPort must be from 1 to 65535, not " + grpcPort);
    }
    dev = grpcPort;
    return this;
  }

  /** The configuration file of the node, as {@code capstan worker --config}. */
  public WorkerBuilder config(Path file) {
    config = file;
    return this;
  }

  /** The name of the node in the cluster; that of the machine when not said. */
  public WorkerBuilder name(String value) {
    name = value;
    return this;
  }

  /**
   * Where the node keeps its key and certificate, to be the same node when it is started again;
   * {@code .capstan-worker} here when not said. One directory for one node.
   */
  public WorkerBuilder data(Path directory) {
    data = directory;
    return this;
  }

  /**
   * What tasks can ask of this node, such as zone and b.
   *
   * @throws IllegalArgumentException when no node can have such a label; cpu, memory and disk are
   *     none, since each node counts those itself
   */
  public WorkerBuilder label(String key, String value) {
    Labels.fault(key, value)
        .ifPresent(fault -> {
          throw new IllegalArgumentException(
              "label() has \"" + key + "\", which " + fault + "; allowed: " + Labels.ALLOWED);
        });
    labels.put(key, value);
    return this;
  }

  /**
   * How many functions run at a time; what the configuration says, or 50, when not said.
   *
   * @throws IllegalArgumentException when it is not from 1 to what a cluster takes of a node
   */
  public WorkerBuilder slots(int value) {
    if (value < 1 || value > Limits.DEFAULT.slotsPerNode()) {
      throw new IllegalArgumentException(
          "slots must be from 1 to " + Limits.DEFAULT.slotsPerNode() + ", not " + value);
    }
    slots = value;
    return this;
  }

  /** How long running functions may go on when the worker is closed; not at all when not said. */
  public WorkerBuilder leaveGrace(Duration value) {
    leaveGrace = value;
    return this;
  }

  /**
   * Starts the worker. Returns when it has joined; coordinators that can't be reached after that
   * are tried again for as long as it lives.
   *
   * @throws IllegalArgumentException if functions or options are wrong; the message says all of it
   * @throws WorkerRefused if the node can't start or is not let in; the message says what to do
   * @throws IOException if the data directory can't be written
   */
  public FunctionWorker start() throws IOException, InterruptedException {
    Functions functions = Functions.of(targets, binding);
    if (dev != 0) {
      if (token != null || !servers.isEmpty() || config != null) {
        throw new IllegalArgumentException(
            "dev() is for capstan dev on this machine; join(), server() and config() are for"
                + " clusters. Leave one of them away");
      }
      return FunctionWorker.start(
          new DevMembership(new HostPort(LOOPBACK, dev), devOptions(functions)));
    }
    return FunctionWorker.start(enter(functions));
  }

  private WorkerOptions devOptions(Functions functions) {
    String node = Objects.requireNonNullElseGet(name, MachineName::forNode);
    WorkerOptions.Builder options =
        WorkerOptions.builder(node)
            .labels(labels)
            .builtIns(Set.of())
            .executor(functions)
            .workingDirectory(directory().resolve("work"));
    if (slots != null) {
      options.slots(slots);
    }
    if (leaveGrace != null) {
      options.leaveGrace(leaveGrace);
    }
    return options.build();
  }

  private ClusterMembership enter(Functions functions) throws IOException, InterruptedException {
    NodeConfig file = file();
    NodeConfig.Node node = file.node();
    String wanted = name == null ? node.name() : name;
    Map<String, String> allLabels = new TreeMap<>(node.labels());
    allLabels.putAll(labels);
    NodeConfig told =
        file.forWorker(
            Objects.requireNonNullElse(slots, file.scheduling().maxTasksPerNode()),
            node.worker(
                Objects.requireNonNullElseGet(wanted, MachineName::forNode),
                data == null && config != null ? node.data() : directory(),
                allLabels,
                Objects.requireNonNullElse(leaveGrace, node.leaving().grace())));
    return ClusterMembership.enter(told, wanted, token, functions);
  }

  private Path directory() {
    return data == null ? DATA : data;
  }

  private NodeConfig file() {
    if (config == null) {
      return NodeConfig.ofDefaults().withSeeds(servers);
    }
    try {
      return ConfigFile.read(config, servers);
    } catch (ConfigRefused e) {
      throw new IllegalArgumentException(e.rendered(), e);
    }
  }
}
