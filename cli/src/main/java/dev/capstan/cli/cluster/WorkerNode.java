package dev.capstan.cli.cluster;

import dev.capstan.api.v1.CoordinatorsReply;
import dev.capstan.api.v1.CoordinatorsRequest;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import dev.capstan.server.config.HostPort;
import dev.capstan.server.config.NodeConfig;
import dev.capstan.server.discovery.CoordinatorAddress;
import dev.capstan.server.discovery.Discovery;
import dev.capstan.server.env.DataDirectory;
import dev.capstan.server.membership.CertificateRenewal;
import dev.capstan.server.membership.NodeHome;
import dev.capstan.server.membership.RemoteSigner;
import dev.capstan.worker.SessionStatus;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.WorkerStatus;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker of a cluster: has a session with every coordinator that the cluster has, and learns from
 * them when that changes.
 */
public final class WorkerNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerNode.class);
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration FIRST_LOOK = Duration.ofMillis(100);

  /** A worker that is led asks where coordinators are only so rarely: at every tenth look. */
  private static final int LOOKS_WHILE_WELL = 10;

  private final NodeHome home;
  private final DataDirectory directory;
  private final Discovery discovery;
  private final SslContext tls;
  private final Way way;
  private final Worker worker;
  private final Map<String, ManagedChannel> channels = new TreeMap<>();
  private final CompletableFuture<String> rejection = new CompletableFuture<>();
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("capstan-coordinators").factory());
  private List<HostPort> told;
  private int looked;

  /** How a worker gets to a coordinator. */
  public interface Way {
    /** The beginning of a channel to an address; what secures it is added to that. */
    NettyChannelBuilder to(HostPort address);
  }

  private WorkerNode(
      NodeHome home,
      DataDirectory directory,
      Discovery discovery,
      SslContext tls,
      Way way,
      WorkerOptions options) {
    this.home = home;
    this.directory = directory;
    this.discovery = discovery;
    this.tls = tls;
    this.way = way;
    this.told = home.coordinators();
    this.worker = Worker.start(options);
  }

  /**
   * Starts a worker; returns at once. Coordinators that can't be reached are tried again.
   *
   * @param home of a node that has joined as a worker
   * @param discovery is closed with the worker
   * @throws dev.capstan.server.env.StartupRefusal if the directory can't be used, or is that of
   *     another node
   */
  public static WorkerNode start(
      NodeConfig config, NodeHome home, Discovery discovery, WorkerOptions.Builder options)
      throws IOException {
    return start(
        config,
        home,
        discovery,
        options,
        address -> NettyChannelBuilder.forAddress(address.host(), address.port()));
  }

  /** The same, over connections of another kind. */
  public static WorkerNode start(
      NodeConfig config, NodeHome home, Discovery discovery, WorkerOptions.Builder options, Way way)
      throws IOException {
    NodeIdentity identity = home.require(Role.WORKER);
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
              home, directory, discovery, Tls.grpcClient(keys, trust), way, options.build());
      node.look(config.nodeDiscovery().heartbeatInterval());
      node.renew(identity, keys);
      return node;
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private void look(Duration interval) {
    connect(wanted());
    Future<?> _ =
        looks.scheduleWithFixedDelay(
            this::refresh,
            FIRST_LOOK.toMillis(),
            Math.max(FIRST_LOOK.toMillis(), interval.toMillis()),
            TimeUnit.MILLISECONDS);
  }

  private void renew(NodeIdentity identity, NodeKeys keys) {
    CertificateRenewal renewal =
        new CertificateRenewal(
            home,
            identity,
            Map.of(Purpose.NODES, keys),
            new RemoteSigner(channels::values),
            InstantSource.system(),
            new SecureRandom());
    Future<?> _ =
        looks.scheduleWithFixedDelay(
            renewal,
            CertificateRenewal.LOOK_EVERY.toMillis(),
            CertificateRenewal.LOOK_EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
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
