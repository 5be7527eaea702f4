package dev.capstan.server.boot;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.config.SchedulingDefaults;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.Authorities;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.ClientCertificates;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.PeerIdentity;
import dev.capstan.security.tls.Tls;
import dev.capstan.server.log.GrpcPeers;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.membership.Intruders;
import dev.capstan.server.membership.KeyDoor;
import dev.capstan.server.membership.Roster;
import io.grpc.netty.NettySslContextChannelCredentials;
import io.grpc.netty.NettySslContextServerCredentials;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a coordinator of a cluster on the keys that its data directory has. */
public final class ClusterCoordinator {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterCoordinator.class);
  private static final int LARGEST_PEER_MESSAGE = 64 << 20;

  private final NodeConfig config;
  private final NodeHome home;
  private final NodeIdentity identity;
  private final LogOptions log;
  private final Clock clock;
  private final Roster roster = new Roster();
  private final RemainingVotes remainingVotes = new RemainingVotes(roster);
  private final Intruders intruders = new Intruders(System::nanoTime);

  private ClusterCoordinator(NodeConfig config, NodeHome home, LogOptions log, Clock clock) {
    this.log = log;
    this.clock = clock;
    this.config = config;
    this.home = home;
    this.identity = home.require(Role.COORDINATOR);
  }

  /**
   * Starts a coordinator; returns when it takes requests, which may be before a leader was elected.
   *
   * @param config with ports that are not 0
   * @param home of a node that has joined a cluster
   * @param environment variables of the process, for secrets
   * @throws StartupRefusal if it can't serve, with a reason and what to do
   */
  public static Coordinator start(
      NodeConfig config, NodeHome home, Map<String, String> environment) {
    return start(config, home, environment, LogOptions.ofDefaults(), Clock.system());
  }

  /** As {@link #start(NodeConfig, NodeHome, Map)}, with a log that is kept otherwise. */
  static Coordinator start(
      NodeConfig config,
      NodeHome home,
      Map<String, String> environment,
      LogOptions log,
      Clock clock) {
    return new ClusterCoordinator(config, home, log, clock).start(environment);
  }

  /**
   * Looks whether a coordinator with this configuration can listen, before a cluster counts on it.
   *
   * @throws StartupRefusal if a port is taken, or the address is none of this machine
   */
  public static void requireFreePorts(NodeConfig config) {
    Doors.requireFree(config.node());
  }

  /**
   * Where a coordinator with this configuration is reached.
   *
   * @throws StartupRefusal if no certificate could be made for that place
   */
  public static CoordinatorPlace place(NodeConfig config, String node) {
    NodeConfig.Node settings = config.node();
    String host = settings.reachedAt();
    if (!CertificateOrder.canName(host)) {
      throw new StartupRefusal(
          StartupRefusal.Code.CONFIGURATION_INVALID,
          "Others would be told to reach this coordinator at " + host,
          "No certificate can name that, and so none can be made for it",
          "take a host name of letters, digits, hyphens and dots, or an address (--advertise)",
          null);
    }
    return new CoordinatorPlace(
        node,
        new HostPort(host, settings.grpcPort()),
        new HostPort(host, settings.httpPort()),
        new HostPort(host, settings.peerPort()));
  }

  private Coordinator start(Map<String, String> environment) {
    home.requireLog();
    Doors.requireFree(config.node());
    try {
      Authorities authorities = home.authorities();
      if (authorities == null) {
        throw missing("the authorities of the cluster");
      }
      NodeKeys keys = NodeKeys.of(credential(Purpose.NODES));
      NodeKeys peerKeys = NodeKeys.of(credential(Purpose.PEERS));
      String cluster = identity.cluster();
      NodeTrust callers =
          NodeTrust.of(cluster, home.keys().trusted(Purpose.NODES))
              .evicted(roster::isEvicted)
              .intruders(intruders)
              .build();
      NodeTrust servers =
          NodeTrust.of(cluster, home.keys().trusted(Purpose.NODES))
              .only(Role.COORDINATOR)
              .evicted(roster::isEvicted)
              .build();
      GrpcPeers network = network(peerKeys);
      Protection protection =
          new Protection(
              identity,
              place(config, identity.node()),
              roster,
              authorities,
              callers,
              Tls.grpcServer(keys, callers, ClientCertificates.OPTIONAL),
              Tls.httpServer(keys, callers, ClientCertificates.NONE),
              Tls.httpClient(NodeKeys.none(), servers).context(),
              Tls.grpcClient(keys, servers),
              intruders,
              new KeyDoor(roster, intruders),
              Tls.grpcClient(NodeKeys.none(), servers),
              Map.of(Purpose.NODES, keys, Purpose.PEERS, peerKeys),
              remainingVotes,
              network.dismissal(),
              home);
      List<String> members = home.founding() == null ? List.of() : List.of(identity.node());
      Peers peers =
          new Peers(
              network,
              members,
              config.consensus().electionTimeout(),
              log,
              config.stateSync().enabled() ? config.stateSync().syncInterval() : null,
              this::door,
              clock);
      return Coordinator.start(coordinatorConfig(), environment, peers, protection);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** One that was put out is let in, so that it can be told, and is told nothing else. */
  private GrpcPeers network(NodeKeys keys) throws IOException {
    NodeTrust callers =
        NodeTrust.of(identity.cluster(), home.keys().trusted(Purpose.PEERS))
            .only(Role.COORDINATOR)
            .intruders(intruders)
            .build();
    NodeTrust trust =
        NodeTrust.of(identity.cluster(), home.keys().trusted(Purpose.PEERS))
            .only(Role.COORDINATOR)
            .evicted(remainingVotes)
            .intruders(intruders)
            .build();
    Map<String, HostPort> written = new TreeMap<>(home.peers());
    Map<String, InetSocketAddress> addresses = new ConcurrentHashMap<>();
    written.forEach((id, place) -> addresses.put(id, unresolved(place)));
    roster.onChange(() -> locate(written, addresses));
    return new GrpcPeers(
        new InetSocketAddress(config.node().bind(), config.node().peerPort()),
        NettySslContextServerCredentials.create(
            Tls.grpcServer(keys, callers, ClientCertificates.REQUIRED)),
        NettySslContextChannelCredentials.create(Tls.grpcClient(keys, trust)),
        addresses,
        LARGEST_PEER_MESSAGE,
        PeerIdentity.interceptor(trust));
  }

  /**
   * One that was put out keeps its address, so that it can be told, and so does one that is not in
   * the rows yet while a log is applied again from its beginning.
   */
  private void locate(Map<String, HostPort> written, Map<String, InetSocketAddress> addresses) {
    Map<String, HostPort> known = new TreeMap<>(written);
    for (CoordinatorPlace place : roster.coordinators().values()) {
      known.put(place.node(), place.peer());
      addresses.put(place.node(), unresolved(place.peer()));
    }
    if (!known.equals(written)) {
      try {
        home.rememberPeers(known);
        written.putAll(known);
      } catch (IOException e) {
        LOG.warn("Where the other coordinators are could not be written down: {}", e.toString());
      }
    }
  }

  private static InetSocketAddress unresolved(HostPort place) {
    return InetSocketAddress.createUnresolved(place.host(), place.port());
  }

  private @Nullable URI door(String coordinator) {
    CoordinatorPlace place = roster.coordinator(coordinator);
    return place == null ? null : URI.create("https://" + place.http());
  }

  private CoordinatorConfig coordinatorConfig() {
    NodeConfig.Node node = config.node();
    CoordinatorConfig usual = CoordinatorConfig.local(home.data());
    return new CoordinatorConfig(
        home.data(),
        identity.cluster(),
        identity.node(),
        node.bind(),
        node.grpcPort(),
        node.bind(),
        node.httpPort(),
        node.secrets(),
        usual.zone(),
        config.failureDetection().keepAlive(),
        config.failureDetection().enabled(),
        usual.minimumFreeBytes(),
        usual.cachedDefinitions(),
        usual.retention(),
        SchedulingDefaults.of(config),
        usual.limits(),
        home.partitions(),
        config.lifecycleEvents());
  }

  private Credential credential(Purpose purpose) throws IOException {
    Credential credential = home.keys().credential(purpose);
    if (credential == null) {
      throw missing("the certificate for " + purpose.word());
    }
    return credential;
  }

  private StartupRefusal missing(String what) {
    return new StartupRefusal(
        StartupRefusal.Code.KEYS_UNUSABLE,
        home.data() + " has no file with " + what,
        "A coordinator can't prove who it is without it",
        "restore the directory security/ from a backup, or join anew with an empty data directory",
        null);
  }

  private StartupRefusal unreadable(IOException e) {
    return new StartupRefusal(
        StartupRefusal.Code.KEYS_UNUSABLE,
        Objects.requireNonNullElse(e.getMessage(), e.toString()),
        "A coordinator can't prove who it is without its keys",
        "correct the file, or restore the directory security/ from a backup",
        e);
  }
}
