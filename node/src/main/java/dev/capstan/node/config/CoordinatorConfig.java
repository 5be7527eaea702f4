package dev.capstan.node.config;

import dev.capstan.node.env.StartupRefusal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one coordinator is told when it starts.
 *
 * @param dataDirectory holds everything that must not be lost; made when it is missing
 * @param cluster id of the cluster; the data belongs to it for ever
 * @param coordinator name of this coordinator in the cluster; the data belongs to it for ever
 * @param grpcHost address for workers and clients of gRPC
 * @param grpcPort 0 takes any that is free; null opens no socket for gRPC
 * @param httpHost address of the HTTP API
 * @param httpPort 0 takes any that is free; null serves no HTTP
 * @param secretsFile a YAML map of names and values; null for none
 * @param zone whose clock cron expressions mean
 * @param keepAlive workers and coordinator say something at least this often
 * @param silenceCounts whether a node is lost that is silent for too long; else only one whose
 *     connection breaks
 * @param minimumFreeBytes of the disk, below which no start is tried
 * @param cachedDefinitions compiled definitions that are kept in memory
 * @param retention how long executions that have ended are kept
 * @param scheduling what holds for tasks that say nothing else
 * @param partitions into how many the state of the cluster is divided; the data has that number for
 *     ever
 * @param lifecycleEvents where life-cycle events are sent
 */
public record CoordinatorConfig(
    Path dataDirectory,
    String cluster,
    String coordinator,
    String grpcHost,
    @Nullable Integer grpcPort,
    String httpHost,
    @Nullable Integer httpPort,
    @Nullable Path secretsFile,
    ZoneId zone,
    Duration keepAlive,
    boolean silenceCounts,
    long minimumFreeBytes,
    int cachedDefinitions,
    Retention retention,
    SchedulingDefaults scheduling,
    Limits limits,
    int partitions,
    NodeConfig.LifecycleEvents lifecycleEvents) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /** A group costs threads and files on each coordinator. */
  public static final int MOST_PARTITIONS = 256;

  private static final int LAST_PORT = 65_535;
  private static final Duration SHORTEST_KEEP_ALIVE = Duration.ofMillis(50);
  private static final Duration LONGEST_KEEP_ALIVE = Duration.ofSeconds(30);

  /**
   * @throws StartupRefusal if a value can't work
   */
  public CoordinatorConfig {
    require(
        NAME.matcher(cluster).matches(), "cluster", cluster, "1 to 63 letters a-z, digits and -");
    require(
        NAME.matcher(coordinator).matches(),
        "coordinator",
        coordinator,
        "1 to 63 letters a-z, digits and -");
    require(isPort(grpcPort), "grpcPort", grpcPort, "0 to " + LAST_PORT);
    require(isPort(httpPort), "httpPort", httpPort, "0 to " + LAST_PORT);
    require(
        keepAlive.compareTo(SHORTEST_KEEP_ALIVE) >= 0
            && keepAlive.compareTo(LONGEST_KEEP_ALIVE) <= 0,
        "keepAlive",
        keepAlive,
        SHORTEST_KEEP_ALIVE + " to " + LONGEST_KEEP_ALIVE);
    require(minimumFreeBytes >= 0, "minimumFreeBytes", minimumFreeBytes, "0 or more");
    require(
        partitions >= 1 && partitions <= MOST_PARTITIONS,
        "partitions",
        partitions,
        "1 to " + MOST_PARTITIONS);
    require(cachedDefinitions >= 1, "cachedDefinitions", cachedDefinitions, "1 or more");
  }

  /** A coordinator on this machine alone, without sockets. */
  public static CoordinatorConfig local(Path dataDirectory) {
    return new CoordinatorConfig(
        dataDirectory,
        "local",
        "c1",
        "127.0.0.1",
        null,
        "127.0.0.1",
        null,
        null,
        ZoneOffset.UTC,
        Duration.ofMillis(300),
        true,
        64L << 20,
        1_000,
        Retention.DEFAULT,
        SchedulingDefaults.DEFAULT,
        Limits.DEFAULT,
        1,
        NodeConfig.LifecycleEvents.NOWHERE);
  }

  /** As this coordinator of this cluster. */
  public CoordinatorConfig named(String ofCluster, String name) {
    return with(copy -> {
      copy.cluster = ofCluster;
      copy.coordinator = name;
    });
  }

  /** With sockets on these ports; null for none, 0 for any that is free. */
  public CoordinatorConfig withPorts(@Nullable Integer grpc, @Nullable Integer http) {
    return with(copy -> {
      copy.grpcPort = grpc;
      copy.httpPort = http;
    });
  }

  /** With the state divided into so many partitions. */
  public CoordinatorConfig withPartitions(int count) {
    return with(copy -> copy.partitions = count);
  }

  /** With a file of secrets. */
  public CoordinatorConfig withSecrets(@Nullable Path file) {
    return with(copy -> copy.secretsFile = file);
  }

  /** Keeps what has ended for another time. */
  public CoordinatorConfig withRetention(Retention kept) {
    return with(copy -> copy.retention = kept);
  }

  /** With another strategy for placement or recovery. */
  public CoordinatorConfig withScheduling(SchedulingDefaults defaults) {
    return with(copy -> copy.scheduling = defaults);
  }

  /** With a sink for life-cycle events. */
  public CoordinatorConfig withLifecycleEvents(NodeConfig.LifecycleEvents sent) {
    return with(copy -> copy.lifecycleEvents = sent);
  }

  private CoordinatorConfig with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return copy.finished();
  }

  /** What a copy may have otherwise than its original. */
  private static final class Copy {
    private final CoordinatorConfig original;
    private String cluster;
    private String coordinator;
    private @Nullable Integer grpcPort;
    private @Nullable Integer httpPort;
    private @Nullable Path secretsFile;
    private Retention retention;
    private SchedulingDefaults scheduling;
    private int partitions;
    private NodeConfig.LifecycleEvents lifecycleEvents;

    private Copy(CoordinatorConfig original) {
      this.original = original;
      cluster = original.cluster;
      coordinator = original.coordinator;
      grpcPort = original.grpcPort;
      httpPort = original.httpPort;
      secretsFile = original.secretsFile;
      retention = original.retention;
      scheduling = original.scheduling;
      partitions = original.partitions;
      lifecycleEvents = original.lifecycleEvents;
    }

    private CoordinatorConfig finished() {
      return new CoordinatorConfig(
          original.dataDirectory,
          cluster,
          coordinator,
          original.grpcHost,
          grpcPort,
          original.httpHost,
          httpPort,
          secretsFile,
          original.zone,
          original.keepAlive,
          original.silenceCounts,
          original.minimumFreeBytes,
          original.cachedDefinitions,
          retention,
          scheduling,
          original.limits,
          partitions,
          lifecycleEvents);
    }
  }

  private static boolean isPort(@Nullable Integer port) {
    return port == null || (port >= 0 && port <= LAST_PORT);
  }

  private static void require(boolean holds, String name, @Nullable Object value, String allowed) {
    if (!holds) {
      throw new StartupRefusal(
          StartupRefusal.Code.CONFIGURATION_INVALID,
          name + " is " + value,
          "It must be " + allowed,
          "correct " + name,
          null);
    }
  }
}
