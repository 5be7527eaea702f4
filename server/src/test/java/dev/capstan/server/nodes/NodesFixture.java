package dev.capstan.server.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import dev.capstan.core.placement.Strategy;
import dev.capstan.node.config.Limits;
import dev.capstan.server.ManualClock;
import dev.capstan.server.Patience;
import dev.capstan.server.partition.NodeBoard;
import dev.capstan.server.partition.RecordingPartition;
import dev.capstan.server.store.MemoryStore;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/** A directory with its sessions behind a real gRPC server, on a clock that the test moves. */
final class NodesFixture implements AutoCloseable {
  static final JsonNode NOTHING = JsonNodeFactory.instance.objectNode();
  static final Demand SHELL = Demand.of("run:shell", NOTHING);

  /** Waits with a short step: what is waited for here takes a millisecond. */
  static ConditionFactory soon() {
    return Patience.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
  }

  final ManualClock time = new ManualClock(0);
  final RecordingPartition partition;
  final List<String> signals = new CopyOnWriteArrayList<>();
  final NodeSettings settings;
  final NodeDirectory directory;
  final NodeBoard board;
  final WorkerSessionService service;
  final ManagedChannel channel;
  volatile @Nullable String leader = "c1";
  volatile CompletableFuture<@Nullable Void> heard = CompletableFuture.completedFuture(null);
  private final Server server;
  private long term;
  private final List<ManagedChannel> others = new ArrayList<>();

  private NodesFixture(boolean socket, NodeSettings settings, MemoryStore store) {
    this(socket, settings, store, Admittance.OPEN);
  }

  private NodesFixture(
      boolean socket, NodeSettings settings, MemoryStore store, Admittance admittance) {
    this.settings = settings;
    directory = new NodeDirectory(settings, admittance, time);
    board = directory.board();
    partition = new RecordingPartition(store, time);
    service =
        new WorkerSessionService(
            directory, settings, new Signals(), () -> leader, admittance, () -> heard, time);
    service.lead(++term, partition, store);
    String name = UUID.randomUUID().toString();
    try {
      if (socket) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        server =
            NettyServerBuilder.forAddress(new InetSocketAddress(loopback, 0))
                .addService(service)
                .build()
                .start();
        channel =
            NettyChannelBuilder.forAddress(new InetSocketAddress(loopback, server.getPort()))
                .usePlaintext()
                .build();
      } else {
        server = InProcessServerBuilder.forName(name).addService(service).build().start();
        channel = InProcessChannelBuilder.forName(name).build();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    others.add(channel);
  }

  static NodesFixture inProcess() {
    return new NodesFixture(false, settings(), new MemoryStore());
  }

  /** With some patience for connections that break. */
  static NodesFixture patient() {
    return new NodesFixture(false, settings(Duration.ofMillis(150)), new MemoryStore());
  }

  /** Where only a connection that breaks ends a session. */
  static NodesFixture tolerant() {
    return new NodesFixture(false, settings(Duration.ZERO, false), new MemoryStore());
  }

  /** Where who connects has to be let in. */
  static NodesFixture guarded(Admittance admittance) {
    return new NodesFixture(false, settings(Duration.ofMillis(150)), new MemoryStore(), admittance);
  }

  static NodesFixture overSocket() {
    return new NodesFixture(true, settings(), new MemoryStore());
  }

  static NodesFixture with(NodeSettings settings) {
    return new NodesFixture(false, settings, new MemoryStore());
  }

  /** A coordinator that starts with what another one has left. */
  static NodesFixture restarted(NodesFixture before) {
    return restarted(before, settings());
  }

  static NodesFixture restarted(NodesFixture before, NodeSettings settings) {
    return new NodesFixture(false, settings, before.partition.store());
  }

  static NodeSettings settings() {
    return settings(Duration.ZERO);
  }

  /**
   * Where answers are waited for by the machine's clock, and so long that no answer is late: the
   * node is lost after 40 s of silence.
   */
  static NodeSettings slow() {
    return settings(Duration.ofSeconds(10), Duration.ofSeconds(15), true);
  }

  private static NodeSettings settings(Duration reconnectWithin) {
    return settings(reconnectWithin, true);
  }

  private static NodeSettings settings(Duration reconnectWithin, boolean silenceCounts) {
    return settings(Duration.ofMillis(100), reconnectWithin, silenceCounts);
  }

  private static NodeSettings settings(
      Duration keepAlive, Duration reconnectWithin, boolean silenceCounts) {
    Limits limits = new Limits(100_000, 20, 1 << 20, 4, 64, 100, 10, 100, 10, 400_000, 10, 10);
    return new NodeSettings(
        "cluster",
        "c1",
        keepAlive,
        4,
        silenceCounts,
        reconnectWithin,
        Duration.ofSeconds(5),
        Duration.ofMillis(150),
        3,
        new Strategy.LoadBalanced(),
        limits);
  }

  /**
   * Lets time pass in steps that are shorter than any patience, so that the watch sees no
   * standstill of its own.
   */
  void pass(Duration duration) {
    for (long left = duration.toMillis(); left > 0; left -= 50) {
      time.advance(Duration.ofMillis(Math.min(50, left)));
      service.tick();
    }
  }

  /**
   * The same, while the worker of node "a" says something before each step, and is heard; for as
   * long as it has a session.
   */
  void passSpeaking(WorkerStub worker, Duration duration) {
    WorkerMessage lives =
        WorkerMessage.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance()).build();
    for (long left = duration.toMillis(); left > 0 && directory.live("a") != null; left -= 50) {
      worker.send(lives);
      LiveNode node = live("a");
      soon().until(() -> node.session.silentNanos() == 0);
      pass(Duration.ofMillis(50));
    }
  }

  /** Reserves a slot for a task of its own execution and dispatches the attempt. */
  AttemptToken dispatch(String execution) {
    return dispatch(execution, NOTHING);
  }

  AttemptToken dispatch(String execution, JsonNode arguments) {
    NodeBoard.Place place = reserve();
    AttemptToken token = new AttemptToken(execution, 1, 1, place.epoch());
    board.dispatch(List.of(effect(token, place.node(), arguments)));
    return token;
  }

  static Effect.Dispatch effect(AttemptToken token, String node, JsonNode arguments) {
    return new Effect.Dispatch(
        token, node, "run:shell", "task", "/do/0/task", arguments, "key", null, true);
  }

  /** A slot that must be there. */
  NodeBoard.Place reserve() {
    NodeBoard.Place place = board.reserve(SHELL, Peers.NONE);
    if (place == null) {
      throw new AssertionError(board.whyWaiting("run:shell", NOTHING));
    }
    return place;
  }

  /** Leads again, in the next term. */
  void lead() {
    service.lead(++term, partition, partition.store());
  }

  /** The node as its present session has it. */
  LiveNode live(String node) {
    return Objects.requireNonNull(directory.live(node));
  }

  int running(String node) {
    return directory.nodes().stream()
        .filter(known -> known.profile().id().equals(node))
        .mapToInt(KnownNode::running)
        .findFirst()
        .orElse(-1);
  }

  String status(String node) {
    return directory.nodes().stream()
        .filter(known -> known.profile().id().equals(node))
        .map(known -> known.status().word())
        .findFirst()
        .orElse("unknown");
  }

  @Override
  public void close() {
    service.shutdown();
    others.forEach(ManagedChannel::shutdownNow);
    server.shutdownNow();
  }

  private final class Signals implements AttemptSignals {
    @Override
    public void progress(AttemptToken token, double fraction, String message) {
      signals.add(token.execution() + " " + fraction + " " + message);
    }

    @Override
    public void output(
        AttemptToken token, String taskName, String reference, String stream, String text) {
      signals.add(token.execution() + " " + stream + " " + text);
    }
  }
}
