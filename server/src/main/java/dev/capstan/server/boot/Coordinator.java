package dev.capstan.server.boot;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.Secrets;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.http.HttpServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One coordinator, running. {@link #close} lets others lead first, then stops what comes from
 * outside, lets the log finish what is under way, and closes the data; what was acknowledged is on
 * disk at any time, so a process that just dies loses nothing either.
 */
public final class Coordinator implements AutoCloseable {
  /**
   * No new work is taken while it is handed over, and after a kill another one leads within a
   * second: what takes longer is not worth waiting for.
   */
  private static final Duration DEPARTURE = Duration.ofSeconds(3);

  private final Gateway gateway;
  private final Rpc rpc;
  private final @Nullable HttpServer http;
  private final List<LocalPartition> partitions;
  private final Duties duties;
  private final Departure departure;
  private final Closing closing;

  Coordinator(
      Gateway gateway,
      Rpc rpc,
      @Nullable HttpServer http,
      List<LocalPartition> partitions,
      Duties duties,
      Departure departure,
      Closing closing) {
    this.departure = departure;
    this.partitions = List.copyOf(partitions);
    this.duties = duties;
    this.gateway = gateway;
    this.rpc = rpc;
    this.http = http;
    this.closing = closing;
  }

  /**
   * Starts a coordinator; returns when it serves requests.
   *
   * @param environment variables of the process, for secrets
   * @throws dev.capstan.node.env.StartupRefusal if it can't serve, with a reason and what to do
   */
  public static Coordinator start(CoordinatorConfig config, Map<String, String> environment) {
    return start(config, environment, null);
  }

  /**
   * Starts one of the coordinators of a cluster; returns when it takes requests, which may be
   * before a leader was elected.
   *
   * @param peers the others; null for a cluster of one
   * @throws dev.capstan.node.env.StartupRefusal if it can't serve, with a reason and what to do
   */
  public static Coordinator start(
      CoordinatorConfig config, Map<String, String> environment, @Nullable Peers peers) {
    return start(config, environment, peers, null);
  }

  /**
   * Starts a coordinator that others reach, or one that only loopback does.
   *
   * @param protection null for one that only loopback reaches
   */
  static Coordinator start(
      CoordinatorConfig config,
      Map<String, String> environment,
      @Nullable Peers peers,
      @Nullable Protection protection) {
    Secrets secrets = Secrets.load(config.secretsFile(), environment);
    Closing closing = new Closing();
    try {
      return new Startup(config, secrets, peers, protection, closing).run();
    } catch (RuntimeException e) {
      closing.close();
      throw e;
    }
  }

  /** Whether this coordinator leads the first partition, which has what all of them share. */
  public boolean leads() {
    return leads(0);
  }

  /** Whether this coordinator leads a partition: only then requests can be carried out here. */
  public boolean leads(int partition) {
    return partitions.get(partition).leadership().isHere();
  }

  /** Whether this coordinator leads any partition. */
  public boolean leadsAny() {
    return partitions.stream().anyMatch(partition -> partition.leadership().isHere());
  }

  /** What happens here by time. */
  Duties duties() {
    return duties;
  }

  /** Whether this coordinator follows another one in each partition. */
  public boolean followsInAll() {
    return !leadsAny() && partitions.stream().allMatch(partition -> partition.leader() != null);
  }

  /** The only door to the engine. */
  public Gateway gateway() {
    return gateway;
  }

  /** The name under which the gRPC services are reachable inside this process. */
  public String inProcessName() {
    return rpc.name();
  }

  /** The port of gRPC; null without a socket. */
  public @Nullable Integer grpcPort() {
    return rpc.port();
  }

  /** The port of the HTTP API; null when it is not served. */
  public @Nullable Integer httpPort() {
    return http == null ? null : http.port();
  }

  /**
   * Proves, for the partitions that are led here, that everything has an owner and that every
   * history replays to what is stored; completes with what does not, as sentences. Reads everything
   * that there is, so it belongs where the engine rests.
   */
  public CompletableFuture<List<String>> check() {
    List<CompletableFuture<List<String>>> checks =
        partitions.stream()
            .filter(partition -> partition.leadership().isHere())
            .map(LocalPartition::check)
            .toList();
    return CompletableFuture.allOf(checks.toArray(CompletableFuture[]::new))
        .thenApply(_ -> checks.stream().flatMap(check -> check.join().stream()).toList());
  }

  /**
   * Completes with the reason when this coordinator can serve no more, for example because its disk
   * is full. What was acknowledged is kept; a new start goes on with it.
   */
  public CompletableFuture<Throwable> failure() {
    CompletableFuture<Throwable> first = new CompletableFuture<>();
    for (LocalPartition partition : partitions) {
      var _ = partition.leadership().failure().thenAccept(first::complete);
    }
    return first;
  }

  @Override
  public void close() {
    close(DEPARTURE, () -> {});
  }

  /**
   * As {@link #close()}.
   *
   * @param atMost how long others may take to lead instead
   * @param afterDeparture runs when they do, before any door is closed
   */
  void close(Duration atMost, Runnable afterDeparture) {
    try {
      departure.take(atMost);
      afterDeparture.run();
    } finally {
      closing.close();
    }
  }
}
