package dev.capstan.verify.cluster;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.boot.Peers;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.log.GrpcPeers;
import dev.capstan.server.log.LogOptions;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.awaitility.Awaitility;

/** Three coordinators in this process, replicating over loopback, and workers. */
final class Trio implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Longer than by default: three coordinators share a machine that may be full. */
  private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(500);

  private static final List<String> MEMBERS = List.of("c1", "c2", "c3");

  private final Path directory;
  private final int partitions;
  private final NodeConfig.LifecycleEvents lifecycleEvents;
  private final Map<String, InetSocketAddress> addresses = new ConcurrentHashMap<>();
  private final Map<String, URI> doors = new ConcurrentHashMap<>();
  private final Map<String, Coordinator> coordinators = new TreeMap<>();
  private final Map<String, Worker> workers = new TreeMap<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Cables cables = new Cables();

  Trio(Path directory) {
    this(directory, 1);
  }

  /** With the state divided into so many partitions. */
  Trio(Path directory, int partitions) {
    this(directory, partitions, NodeConfig.LifecycleEvents.NOWHERE);
  }

  /** And with life-cycle events that are sent somewhere. */
  Trio(Path directory, int partitions, NodeConfig.LifecycleEvents lifecycleEvents) {
    this.partitions = partitions;
    this.directory = directory;
    this.lifecycleEvents = lifecycleEvents;
    MEMBERS.forEach(this::start);
  }

  void start(String name) {
    GrpcPeers network =
        new GrpcPeers(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            InsecureServerCredentials.create(),
            InsecureChannelCredentials.create(),
            addresses,
            16 << 20);
    Coordinator started =
        Coordinator.start(
            CoordinatorConfig.local(directory.resolve(name))
                .named("trio", name)
                .withPorts(null, 0)
                .withPartitions(partitions)
                .withLifecycleEvents(lifecycleEvents),
            Map.of(),
            new Peers(
                cables.of(name, network),
                MEMBERS,
                ELECTION_TIMEOUT,
                LogOptions.ofDefaults(),
                Duration.ofMillis(500),
                doors::get));
    doors.put(name, URI.create("http://127.0.0.1:" + started.httpPort()));
    addresses.put(name, new InetSocketAddress(InetAddress.getLoopbackAddress(), network.port()));
    coordinators.put(name, started);
    workers.values().forEach(worker -> worker.attach(way(started)));
  }

  private ManagedChannel way(Coordinator coordinator) {
    ManagedChannel channel = InProcessChannelBuilder.forName(coordinator.inProcessName()).build();
    channels.add(channel);
    return channel;
  }

  void stop(String name) {
    Coordinator gone = coordinators.remove(name);
    if (gone != null) {
      gone.close();
    }
  }

  /** The ways of the coordinators to each other. */
  Cables cables() {
    return cables;
  }

  /** The name of the coordinator that leads, as soon as there is one. */
  String leader() {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(this::leads, name -> !name.isEmpty());
  }

  private String leads() {
    return coordinators.entrySet().stream()
        .filter(each -> each.getValue().leads())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("");
  }

  /** Names of the coordinators that run and do not lead. */
  List<String> followers() {
    return othersThan(leader());
  }

  /** Names of the coordinators that run, but for this one. */
  List<String> othersThan(String leader) {
    return coordinators.keySet().stream().filter(name -> !name.equals(leader)).toList();
  }

  /** Where the HTTP API of a coordinator is. */
  URI door(String name) {
    URI door = doors.get(name);
    if (door == null) {
      throw new AssertionError(name + " was never started");
    }
    return door;
  }

  Coordinator coordinator(String name) {
    Coordinator found = coordinators.get(name);
    if (found == null) {
      throw new AssertionError(name + " does not run");
    }
    return found;
  }

  /** A worker with a way to every coordinator that runs now. */
  void work(String name, int slots) {
    WorkerOptions options =
        WorkerOptions.builder(name)
            .slots(slots)
            .workingDirectory(directory.resolve(name))
            .leaveGrace(Duration.ZERO)
            .build();
    List<ManagedChannel> ways = coordinators.values().stream().map(this::way).toList();
    Worker worker = Worker.connect(ways.getFirst(), options);
    ways.stream().skip(1).forEach(worker::attach);
    workers.put(name, worker);
  }

  Worker worker(String name) {
    Worker found = workers.get(name);
    if (found == null) {
      throw new AssertionError("there is no worker " + name);
    }
    return found;
  }

  /** Asks whoever leads, again while nobody does. */
  <T> T ask(Function<Gateway, T> question) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return question.apply(coordinator(leader()).gateway());
      } catch (CompletionException | Refusal e) {
        Throwable cause = e instanceof CompletionException ? e.getCause() : e;
        if (!(cause instanceof Refusal refusal)
            || refusal.retryAfter() == null
            || System.nanoTime() > end) {
          throw e;
        }
      }
    }
  }

  ExecutionView start(String yaml, String id) {
    StartRequest request =
        new StartRequest(
            yaml, null, null, null, JsonNodeFactory.instance.objectNode(), id, null, Map.of());
    return ask(gateway -> gateway.start(Principal.LOCAL, request).join());
  }

  /** The execution when it has ended. */
  ExecutionView ended(String id) {
    return ask(gateway ->
        gateway
            .await(Principal.LOCAL, id, PATIENCE)
            .orTimeout(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .join());
  }

  @Override
  public void close() {
    workers.values().forEach(Worker::close);
    channels.forEach(ManagedChannel::shutdownNow);
    List.copyOf(coordinators.keySet()).forEach(this::stop);
  }
}
