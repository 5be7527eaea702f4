package dev.capstan.node.config;

import dev.capstan.core.decision.RecoveryStrategy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration file of a node says, with the defaults for what it leaves out. Immutable;
 * made by {@link ConfigFile}, which checks it. Meanings and ranges stand in {@code docs/config.md}.
 */
public record NodeConfig(
    NodeDiscovery nodeDiscovery,
    Scheduling scheduling,
    StateSync stateSync,
    Consensus consensus,
    FailureDetection failureDetection,
    LifecycleEvents lifecycleEvents,
    Node node) {

  /** What an empty file says. */
  public static NodeConfig ofDefaults() {
    return Values.empty().config();
  }

  /** The same with more seeds, behind its own. */
  public NodeConfig withSeeds(List<HostPort> more) {
    return new NodeConfig(
        nodeDiscovery.with(more),
        scheduling,
        stateSync,
        consensus,
        failureDetection,
        lifecycleEvents,
        node);
  }

  /** The same for a worker whose program says who it is and how many slots it has. */
  public NodeConfig forWorker(int slots, Node other) {
    return new NodeConfig(
        nodeDiscovery,
        scheduling.withSlots(slots),
        stateSync,
        consensus,
        failureDetection,
        lifecycleEvents,
        other);
  }

  /** The same on other addresses. */
  public NodeConfig on(String bind, int grpcPort, int httpPort, int peerPort) {
    return new NodeConfig(
        nodeDiscovery,
        scheduling,
        stateSync,
        consensus,
        failureDetection,
        lifecycleEvents,
        new Node(
            node.name(),
            node.data(),
            bind,
            node.advertise(),
            httpPort,
            grpcPort,
            peerPort,
            node.labels(),
            node.leaving(),
            node.without(),
            node.secrets()));
  }

  /** The same for a worker that offers less. */
  public NodeConfig without(List<TaskKind> kinds) {
    List<TaskKind> all = Stream.concat(node.without().stream(), kinds.stream()).distinct().toList();
    return new NodeConfig(
        nodeDiscovery,
        scheduling,
        stateSync,
        consensus,
        failureDetection,
        lifecycleEvents,
        new Node(
            node.name(),
            node.data(),
            node.bind(),
            node.advertise(),
            node.httpPort(),
            node.grpcPort(),
            node.peerPort(),
            node.labels(),
            node.leaving(),
            all,
            node.secrets()));
  }

  /** How coordinators are found. */
  public enum DiscoveryProtocol {
    /** On the local network, by asking all. */
    MDNS,
    /** Only those that the file names. */
    STATIC,
    /** By the addresses or SRV records of a name. */
    DNS
  }

  /** Which of several nodes that could take a task gets it. */
  public enum PlacementStrategy {
    LOAD_BALANCED,
    ROUND_ROBIN,
    BIN_PACK,
    SPREAD,
    AFFINITY
  }

  /** How replicas agree. */
  public enum ReplicationProtocol {
    RAFT
  }

  /**
   * How a node finds coordinators.
   *
   * @param enabled false: only the seeds are used, whatever the protocol
   * @param heartbeatInterval how often a node looks again and announces itself
   * @param seeds coordinators that are known beforehand, used with every protocol
   * @param dnsName name with A and AAAA records, or of SRV records when it begins with {@code _};
   *     null unless the protocol is {@code dns}
   * @param port of the coordinators behind A and AAAA records
   * @param interfaces names or addresses of the network interfaces for mDNS; empty for all
   */
  public record NodeDiscovery(
      boolean enabled,
      DiscoveryProtocol protocol,
      Duration heartbeatInterval,
      List<HostPort> seeds,
      @Nullable String dnsName,
      int port,
      List<String> interfaces) {
    public NodeDiscovery {
      seeds = List.copyOf(seeds);
      interfaces = List.copyOf(interfaces);
    }

    /** The same with more seeds. */
    NodeDiscovery with(List<HostPort> more) {
      List<HostPort> all = Stream.concat(seeds.stream(), more.stream()).distinct().toList();
      return new NodeDiscovery(
          enabled, protocol, heartbeatInterval, all, dnsName, port, interfaces);
    }

    /** The same with other interfaces for mDNS. */
    public NodeDiscovery on(List<String> others) {
      return new NodeDiscovery(enabled, protocol, heartbeatInterval, seeds, dnsName, port, others);
    }
  }

  /**
   * How tasks are given to workers.
   *
   * @param strategyLabel by whose values {@code spread} and {@code affinity} go; null for the node
   * @param queueTimeout after so long without a node a task faults; null for never
   * @param maxTasksPerNode slots of this node when it is a worker
   */
  public record Scheduling(
      PlacementStrategy strategy,
      @Nullable String strategyLabel,
      @Nullable Duration queueTimeout,
      int maxTasksPerNode) {
    /** The same for a worker with another number of slots. */
    public Scheduling withSlots(int slots) {
      return new Scheduling(strategy, strategyLabel, queueTimeout, slots);
    }
  }

  /**
   * How replicas make sure that they agree.
   *
   * @param enabled whether digests are compared; replication itself is always on
   * @param syncInterval time between two comparisons
   */
  public record StateSync(boolean enabled, ReplicationProtocol protocol, Duration syncInterval) {}

  /**
   * How replicas elect and how work is divided.
   *
   * @param electionTimeout the shortest silence of a leader after which a follower stands for
   *     election; the longest is twice that
   * @param partitions of a cluster that is made; 0 lets it choose
   */
  public record Consensus(ReplicationProtocol protocol, Duration electionTimeout, int partitions) {
    private static final int PROCESSORS_A_PARTITION = 2;

    /**
     * How many partitions a cluster gets that is made on this machine: as many as are wanted, or
     * one for every two processors, since each has threads and a log of its own.
     */
    public int founded() {
      return partitions > 0
          ? partitions
          : Math.max(1, Runtime.getRuntime().availableProcessors() / PROCESSORS_A_PARTITION);
    }
  }

  /**
   * When a node counts as lost.
   *
   * @param enabled false: only when its connection breaks
   * @param detectionInterval the lease: a node that is silent for so long is lost
   * @param recoveryTimeout how long tasks that wait for their node do so before they go elsewhere
   */
  public record FailureDetection(
      boolean enabled,
      Duration detectionInterval,
      RecoveryStrategy recoveryStrategy,
      Duration recoveryTimeout) {
    private static final int KEEPALIVES_PER_LEASE = 4;

    /** Each side says something at least this often. */
    public Duration keepAlive() {
      return detectionInterval.dividedBy(KEEPALIVES_PER_LEASE);
    }
  }

  /** How cloud events are put into HTTP requests (CloudEvents HTTP binding, section 3). */
  public enum ContentMode {
    /** One a request. */
    STRUCTURED,
    /** Many a request. */
    BATCHED
  }

  /**
   * Where life-cycle events are sent.
   *
   * @param sink http or https; null for nowhere
   * @param tokenSecret name of the secret that is sent as a bearer token; null for none
   * @param headerSecrets further headers, by name, each with the name of the secret that it has
   * @param statusChanged whether the optional status-changed events are sent too
   * @param maxWaiting how many executions may have something that waits to be sent
   */
  public record LifecycleEvents(
      @Nullable URI sink,
      @Nullable String tokenSecret,
      Map<String, String> headerSecrets,
      ContentMode mode,
      boolean statusChanged,
      int maxWaiting) {
    public LifecycleEvents {
      headerSecrets = Collections.unmodifiableMap(new TreeMap<>(headerSecrets));
    }

    /** They are sent nowhere. */
    public static final LifecycleEvents NOWHERE =
        new LifecycleEvents(null, null, Map.of(), ContentMode.STRUCTURED, false, 100_000);
  }

  /**
   * What becomes of what runs on a worker that leaves in order.
   *
   * @param grace how long it may go on
   * @param graceOnce the same for tasks that are not to run twice
   */
  public record Leaving(Duration grace, Duration graceOnce) {}

  /**
   * Who this node is and where it listens.
   *
   * @param name null for the name of the machine
   * @param data directory of everything that must not be lost
   * @param bind address to listen on
   * @param advertise address that others reach this node at; null for the one it listens on, or
   *     when that is any, for the one from which the machine reaches others
   * @param httpPort of the HTTP API; 0 takes any that is free, and so do the other two
   * @param grpcPort for workers and clients
   * @param peerPort for other coordinators
   * @param labels sorted by name
   * @param leaving when it is a worker
   * @param without kinds of tasks that a worker has by itself, and that this one does not offer
   * @param secrets file of secrets; null for none
   */
  public record Node(
      @Nullable String name,
      Path data,
      String bind,
      @Nullable String advertise,
      int httpPort,
      int grpcPort,
      int peerPort,
      Map<String, String> labels,
      Leaving leaving,
      List<TaskKind> without,
      @Nullable Path secrets) {
    public Node {
      without = List.copyOf(without);
      labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** The same with what the program of a worker says of it. */
    public Node worker(
        String newName, Path newData, Map<String, String> newLabels, Duration leaveGrace) {
      return new Node(
          newName,
          newData,
          bind,
          advertise,
          httpPort,
          grpcPort,
          peerPort,
          newLabels,
          new Leaving(leaveGrace, leaving.graceOnce()),
          without,
          secrets);
    }

    /** Whether it listens at all addresses of this machine. */
    public boolean listensEverywhere() {
      return OwnAddress.isAny(bind);
    }

    /**
     * Where the local network is told that this node is reached: on an interface with several
     * addresses it may listen at any of them. Null for the address of each interface.
     */
    public @Nullable String announcedAt() {
      return advertise == null && OwnAddress.isOne(bind) ? bind : advertise;
    }

    /** Where others reach this node. */
    public String reachedAt() {
      if (advertise != null) {
        return advertise;
      }
      return OwnAddress.isAny(bind) ? OwnAddress.find() : bind;
    }
  }
}
