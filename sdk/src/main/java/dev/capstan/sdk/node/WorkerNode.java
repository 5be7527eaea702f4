package dev.capstan.sdk.node;

import static java.util.stream.Collectors.toCollection;

import dev.capstan.api.v1.CoordinatorsReply;
import dev.capstan.api.v1.CoordinatorsRequest;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.config.TaskKind;
import dev.capstan.node.discovery.CoordinatorAddress;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CertificateRenewal;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.node.joining.RemoteSigner;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.Lifetime;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import dev.capstan.worker.BuiltIn;
import dev.capstan.worker.SessionStatus;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerEnvironment;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.WorkerStatus;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker of a cluster: has a session with every coordinator that the cluster has, and learns from
 * them when that changes.
 *
 * <p>It begins with one of them, that which led when the node heard of it last, and connects to the
 * others when that has let it in: where a thousand nodes start at the same moment, what they can do
 * without must not keep others waiting. If that one does not lead, or does not answer, all are
 * asked at once.
 */
public final class WorkerNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerNode.class);
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration FIRST_LOOK = Duration.ofMillis(100);

  /** A coordinator that is alone on the way to be reached is waited for so long. */
  private static final Duration ALONE = Duration.ofSeconds(1);

  /** The pauses between two looks whether one coordinator is enough; they double. */
  private static final Duration FIRST_GLANCE = Duration.ofMillis(10);

  private static final Duration LONGEST_GLANCE = Duration.ofMillis(160);

  /** How often to look whether a coordinator has let this node in for the first time. */
  private static final Duration WELCOME_LOOK = Duration.ofMillis(10);

  /** A worker that is led asks where coordinators are only so rarely: at every tenth look. */
  private static final int LOOKS_WHILE_WELL = 10;

  private final NodeHome home;
  private final DataDirectory directory;
  private final Discovery discovery;
  private final NodeKeys keys;
  private final SslContext tls;
  private final Way way;
  private final Worker worker;
  private final Map<String, ManagedChannel> channels = new TreeMap<>();
  private final CompletableFuture<String> rejection = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Void> welcomed = new CompletableFuture<>();
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("capstan-coordinators").factory());
  private List<HostPort> told;
  private int looked;
  private long alone;
  private boolean spreads;

  /** How a worker gets to a coordinator. */
  public interface Way {
    /** The beginning of a channel to an address; what secures it is added to that. */
    NettyChannelBuilder to(HostPort address);
  }

  private WorkerNode(
      NodeHome home,
      DataDirectory directory,
      Discovery discovery,
      NodeKeys keys,
      SslContext tls,
      Way way,
      Worker worker) {
    this.home = home;
    this.keys = keys;
    this.directory = directory;
    this.discovery = discovery;
    this.tls = tls;
    this.way = way;
    this.told = home.coordinators();
    this.worker = worker;
  }

  /** What the configuration says of a node that has joined as a worker. */
  public static WorkerOptions.Builder options(NodeConfig config, NodeHome home) {
    return WorkerOptions.builder(home.require(Role.WORKER).node())
        .slots(config.scheduling().maxTasksPerNode())
        .labels(config.node().labels())
        .leaveGrace(config.node().leaving().grace())
        .leaveGraceOnce(config.node().leaving().graceOnce())
        .lookEvery(config.nodeDiscovery().heartbeatInterval())
        .builtIns(builtIns(config.node().without()))
        .workingDirectory(home.data().resolve("work"));
  }

  static Set<BuiltIn> builtIns(List<TaskKind> without) {
    Set<BuiltIn> builtIns = EnumSet.allOf(BuiltIn.class);
    without.forEach(kind -> builtIns.remove(builtIn(kind)));
    return builtIns;
  }

  static BuiltIn builtIn(TaskKind kind) {
    return switch (kind) {
      case HTTP -> BuiltIn.HTTP;
      case OPENAPI -> BuiltIn.OPENAPI;
      case GRPC -> BuiltIn.GRPC;
      case ASYNCAPI -> BuiltIn.ASYNCAPI;
      case A2A -> BuiltIn.A2A;
      case MCP -> BuiltIn.MCP;
      case MCP_STDIO -> BuiltIn.MCP_STDIO;
      case SHELL -> BuiltIn.SHELL;
      case JAVASCRIPT -> BuiltIn.JAVASCRIPT;
      case PYTHON -> BuiltIn.PYTHON;
      case CONTAINER -> BuiltIn.CONTAINER;
    };
  }

  /**
   * Starts a worker; returns at once. Coordinators that can't be reached are tried again.
   *
   * @param home of a node that has joined as a worker
   * @param discovery is closed with the worker
   * @throws dev.capstan.node.env.StartupRefusal if the directory can't be used, or is that of
   *     another node, or the node's certificate is over
   */
  public static WorkerNode start(
      NodeConfig config, NodeHome home, Discovery discovery, WorkerOptions.Builder options)
      throws IOException {
    return start(
        config,
        home,
        discovery,
        options,
        address -> NettyChannelBuilder.forAddress(address.host(), address.port()),
        WorkerEnvironment.ofThisMachine());
  }

  /** The same, over connections of another kind, and in another environment than this machine. */
  public static WorkerNode start(
      NodeConfig config,
      NodeHome home,
      Discovery discovery,
      WorkerOptions.Builder options,
      Way way,
      WorkerEnvironment environment)
      throws IOException {
    NodeIdentity identity = home.require(Role.WORKER);
    requireCurrent(home, identity, Instant.now());
    DataDirectory directory =
        DataDirectory.open(home.data(), identity.cluster(), identity.node(), 0);
    try {
      NodeTrust trust =
          NodeTrust.of(identity.cluster(), home.keys().trusted(Purpose.NODES))
              .only(Role.COORDINATOR)
              .build();
      NodeKeys keys =
          NodeKeys.of(Objects.requireNonNull(home.keys().credential(Purpose.NODES), "it joined"));
      WorkerNode node =
          new WorkerNode(
              home,
              directory,
              discovery,
              keys,
              Tls.grpcClient(keys, trust),
              way,
              Worker.start(options.build(), environment));
      node.look(config.nodeDiscovery().heartbeatInterval());
      node.renew(identity);
      return node;
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** Who has no certificate that holds can't get a new one: it asks for that with the old. */
  static void requireCurrent(NodeHome home, NodeIdentity identity, Instant now) throws IOException {
    Lifetime lifetime = home.keys().lifetime(Purpose.NODES);
    if (lifetime != null && lifetime.isOver(now)) {
      throw new StartupRefusal(
          StartupRefusal.Code.CERTIFICATE_OVER,
          "The certificate of "
              + identity.shown()
              + " expired at "
              + lifetime.until()
              + ", and the clock here says "
              + now,
          "No coordinator lets it in, and so none can renew it",
          "if the clock is right, join anew with an empty data directory, another name and a new token"
              + " (capstan cluster join-token --role worker), and put the old node out: capstan nodes"
              + " remove "
              + identity.node(),
          null);
    }
  }

  private void look(Duration interval) {
    connect(wanted().stream().limit(1).collect(toCollection(LinkedHashSet::new)));
    Thread.ofVirtual().name("capstan-welcome").start(this::lookForWelcome);
    alone = System.nanoTime() + ALONE.toNanos();
    glance(FIRST_GLANCE, interval);
  }

  /** Looks whether one coordinator is enough for now, and again after a while if it is. */
  private void glance(Duration pause, Duration interval) {
    Future<?> _ =
        looks.schedule(
            () -> {
              if (isOneEnough()) {
                Duration doubled = pause.multipliedBy(2);
                glance(doubled.compareTo(LONGEST_GLANCE) < 0 ? doubled : LONGEST_GLANCE, interval);
              } else {
                refreshFromNowOn(interval);
              }
            },
            pause.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private boolean isOneEnough() {
    List<SessionStatus> sessions = worker.status().sessions();
    boolean hope =
        !sessions.isEmpty()
            && sessions.stream()
                .allMatch(each ->
                    each.phase() == SessionStatus.Phase.OPEN
                        || each.phase() == SessionStatus.Phase.CONNECTING);
    if (hope && !spreads) {
      sessions.stream()
          .filter(each -> each.phase() == SessionStatus.Phase.OPEN)
          .findFirst()
          .ifPresent(each -> spreadWithin(each.spread()));
    }
    return hope && System.nanoTime() - alone < 0;
  }

  /**
   * Waits from half of the time to all of it: the coordinator is busy with those that come now.
   * Until then this node notices within a glance that the one which leads is gone.
   */
  private void spreadWithin(Duration spread) {
    spreads = true;
    long half = spread.toNanos() / 2;
    alone = System.nanoTime() + half + ThreadLocalRandom.current().nextLong(half + 1);
  }

  private void refreshFromNowOn(Duration interval) {
    Future<?> _ =
        looks.scheduleWithFixedDelay(
            this::refresh,
            0,
            Math.max(FIRST_LOOK.toMillis(), interval.toMillis()),
            TimeUnit.MILLISECONDS);
  }

  private void lookForWelcome() {
    try {
      while (!looks.isShutdown() && !hasWelcome()) {
        Thread.sleep(WELCOME_LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (hasWelcome()) {
      welcomed.complete(null);
    }
  }

  private boolean hasWelcome() {
    return worker.status().sessions().stream().anyMatch(each -> each.welcomes() > 0);
  }

  private void renew(NodeIdentity identity) {
    CertificateRenewal renewal =
        new CertificateRenewal(
            home,
            identity,
            Map.of(Purpose.NODES, keys),
            new RemoteSigner(channels::values),
            InstantSource.system(),
            new SecureRandom());
    Lifetime shown = Objects.requireNonNull(keys.current(), "it joined").lifetime();
    long every = CertificateRenewal.lookEvery(shown.left(Instant.now())).toMillis();
    Future<?> _ =
        looks.scheduleWithFixedDelay(() -> renew(renewal), every, every, TimeUnit.MILLISECONDS);
  }

  /**
   * A session ends with the certificate that it began with. So what begins after a renewal must not
   * go over a connection that was made with the old one; what is open goes on there.
   */
  private void renew(CertificateRenewal renewal) {
    Credential before = keys.current();
    renewal.run();
    if (!Objects.equals(keys.current(), before)) {
      channels.values().forEach(ManagedChannel::enterIdle);
    }
  }

  /** What coordinators said last; before they said anything, whatever is known of them. */
  private Set<HostPort> wanted() {
    Set<HostPort> addresses = new LinkedHashSet<>(told);
    if (!hasCoordinator()) {
      for (CoordinatorAddress each : discovery.known()) {
        addresses.add(new HostPort(each.host(), each.port()));
      }
    }
    return addresses;
  }

  private boolean hasCoordinator() {
    return worker.status().sessions().stream()
        .anyMatch(each ->
            each.phase() == SessionStatus.Phase.OPEN
                || each.phase() == SessionStatus.Phase.STANDBY);
  }

  private void refresh() {
    try {
      lookForRejection();
      lookForTheEnd();
      if (isLed() && looked++ % LOOKS_WHILE_WELL != 0 && !hearsOfAnUnknownLeader()) {
        return;
      }
      List<HostPort> now = ask();
      if (now != null && !now.isEmpty()) {
        told = now;
        home.remember(now);
      }
      connect(wanted());
    } catch (IOException | RuntimeException e) {
      LOG.warn("Looking for coordinators failed; tried again", e);
    }
  }

  private boolean isLed() {
    return worker.status().sessions().stream()
        .anyMatch(each -> each.phase() == SessionStatus.Phase.OPEN);
  }

  private boolean hearsOfAnUnknownLeader() {
    List<SessionStatus> sessions = worker.status().sessions();
    return sessions.stream()
        .map(SessionStatus::leader)
        .anyMatch(leader ->
            !leader.isEmpty()
                && sessions.stream().noneMatch(each -> each.coordinator().equals(leader)));
  }

  private void connect(Set<HostPort> addresses) {
    Set<String> names = new LinkedHashSet<>();
    for (HostPort address : addresses) {
      names.add(address.toString());
      if (!channels.containsKey(address.toString())) {
        ManagedChannel channel = way.to(address).sslContext(tls).directExecutor().build();
        channels.put(address.toString(), channel);
        worker.attach(channel);
      }
    }
    List<String> gone = new ArrayList<>(channels.keySet());
    gone.removeAll(names);
    for (String name : gone) {
      ManagedChannel channel = Objects.requireNonNull(channels.remove(name));
      worker.detach(channel);
      channel.shutdownNow();
      LOG.info("The coordinator at {} belongs to the cluster no more", name);
    }
  }

  /** Where the first coordinator that answers says that all are; null if none answers. */
  private @Nullable List<HostPort> ask() {
    for (ManagedChannel channel : channels.values()) {
      try {
        CoordinatorsReply reply =
            MembershipGrpc.newBlockingStub(channel)
                .withDeadlineAfter(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                .coordinators(CoordinatorsRequest.getDefaultInstance());
        return reply.getCoordinatorsList().stream()
            .map(each -> HostPort.parse(each.getGrpc()))
            .flatMap(Optional::stream)
            .toList();
      } catch (StatusRuntimeException e) {
        LOG.debug("A coordinator does not answer: {}", e.getStatus());
      }
    }
    return null;
  }

  /** Whose certificate is over can't get a new one: it would try for ever. */
  private void lookForTheEnd() {
    Credential shown = keys.current();
    if (shown != null && shown.lifetime().isOver(Instant.now())) {
      rejection.complete(
          "its certificate expired at "
              + shown.lifetime().until()
              + ", and no coordinator could be asked for a new one in time");
    }
  }

  private void lookForRejection() {
    if (hasCoordinator()) {
      return;
    }
    for (SessionStatus session : worker.status().sessions()) {
      if (session.phase() == SessionStatus.Phase.REJECTED) {
        rejection.complete(session.reason());
      }
    }
  }

  /** What the worker is doing now. */
  public WorkerStatus status() {
    return worker.status();
  }

  /** Completes when a coordinator that leads has let this node in for the first time. */
  public CompletableFuture<@Nullable Void> welcomed() {
    return welcomed.copy();
  }

  /** Why no coordinator leads this node at present, as far as it knows; a line. */
  public String why() {
    List<String> reasons =
        worker.status().sessions().stream()
            .map(SessionStatus::reason)
            .filter(reason -> !reason.isBlank())
            .distinct()
            .toList();
    return reasons.isEmpty() ? "none was found" : String.join("; ", reasons);
  }

  /** Completes with the reason when no coordinator wants this node any more. */
  public CompletableFuture<String> rejection() {
    return rejection.copy();
  }

  /**
   * Breaks all connections without a word and opens no more, as when the process is killed; what
   * runs goes on here until its lease ends.
   */
  public void cutOff() {
    looks.shutdownNow();
    channels.values().forEach(ManagedChannel::shutdownNow);
  }

  @Override
  public void close() {
    looks.shutdownNow();
    worker.close();
    channels.values().forEach(ManagedChannel::shutdownNow);
    discovery.close();
    directory.close();
  }
}
