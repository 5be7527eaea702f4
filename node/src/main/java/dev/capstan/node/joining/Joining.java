package dev.capstan.node.joining;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Admitted;
import dev.capstan.api.v1.JoinReply;
import dev.capstan.api.v1.JoinRequest;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.api.v1.NodeRole;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.PinnedTrust;
import dev.capstan.security.tls.RefusedPeerException;
import dev.capstan.security.tls.Tls;
import dev.capstan.security.token.JoinToken;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a node of a machine: finds a coordinator whose authority has the pin of the join token,
 * spends the token there, and stores keys and certificates. Blocks; for one thread.
 */
public final class Joining {
  private static final Duration ATTEMPT = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** So long nobody but coordinators of other clusters is found before it is given up. */
  private static final Duration ALL_FOREIGN = Duration.ofSeconds(5);

  /** A request names somebody; the answer says what the cluster really is called. */
  private static final String NOT_KNOWN_YET = "joining";

  private final JoinToken token;
  private final Role role;
  private final String node;
  private final @Nullable CoordinatorPlace place;
  private final NodeHome home;
  private final Consumer<String> progress;
  private final InstantSource clock;
  private final Map<HostPort, String> failures = new LinkedHashMap<>();
  private final Set<HostPort> foreign = new HashSet<>();

  /**
   * @param node the name that the machine wants to have
   * @param place where it will be; null for a worker
   * @param progress is told what happens, in words for a person
   */
  public Joining(
      JoinToken token,
      Role role,
      String node,
      @Nullable CoordinatorPlace place,
      NodeHome home,
      Consumer<String> progress) {
    this(token, role, node, place, home, progress, InstantSource.system());
  }

  /**
   * With another clock than the system's.
   *
   * @param clock is told to the cluster, which lets nobody in whose clock is wrong
   */
  public Joining(
      JoinToken token,
      Role role,
      String node,
      @Nullable CoordinatorPlace place,
      NodeHome home,
      Consumer<String> progress,
      InstantSource clock) {
    this.clock = clock;
    this.token = token;
    this.role = role;
    this.node = node;
    this.place = place;
    this.home = home;
    this.progress = progress;
  }

  /**
   * Joins; when this returns the node's certificates are durable.
   *
   * @param discovery where coordinators may be
   * @param patience how long to look for one
   * @throws JoinFailure if the cluster refuses, or none of its coordinators was found in time, or
   *     for a while none but those of other clusters
   */
  public NodeIdentity join(Discovery discovery, Duration patience)
      throws JoinFailure, IOException, InterruptedException {
    NodeIdentity wanted = identity(NOT_KNOWN_YET);
    JoinRequest request = request(wanted);
    SslContext tls = Tls.grpcClient(NodeKeys.none(), new PinnedTrust(token.pin(), clock));
    long end = System.nanoTime() + patience.toNanos();
    long lastHope = System.nanoTime();
    boolean told = false;
    while (System.nanoTime() - end < 0) {
      List<HostPort> known =
          discovery.known().stream().map(each -> new HostPort(each.host(), each.port())).toList();
      Deque<HostPort> addresses = new ArrayDeque<>(known);
      if (addresses.isEmpty() && !told) {
        progress.accept("looking for a coordinator");
        told = true;
      }
      int hops = 0;
      while (!addresses.isEmpty() && hops++ < 64) {
        HostPort address = addresses.pop();
        JoinReply reply = ask(address, tls, request);
        if (reply != null && reply.hasAdmitted()) {
          return install(reply.getAdmitted());
        }
        if (reply != null) {
          Optional<HostPort> leader = HostPort.parse(reply.getElsewhere());
          leader.filter(other -> !other.equals(address)).ifPresent(addresses::push);
          failures.put(address, "it knows of no coordinator that leads");
        }
      }
      if (known.isEmpty() || !foreign.containsAll(known)) {
        lastHope = System.nanoTime();
      } else if (System.nanoTime() - lastHope > ALL_FOREIGN.toNanos()) {
        throw allForeign();
      }
      Thread.sleep(PAUSE);
    }
    throw notFound(patience);
  }

  private NodeIdentity identity(String cluster) throws JoinFailure {
    try {
      return new NodeIdentity(cluster, node, role);
    } catch (IllegalArgumentException e) {
      throw new JoinFailure(
          "The name " + node + " can't be that of a " + role.word() + ": " + e.getMessage(),
          "choose another one with --name, or node.name in the configuration");
    }
  }

  private JoinRequest request(NodeIdentity wanted) throws IOException {
    JoinRequest.Builder request =
        JoinRequest.newBuilder()
            .setTokenId(token.id())
            .setTokenSecret(token.secret().text())
            .setRole(role == Role.COORDINATOR ? NodeRole.COORDINATOR : NodeRole.WORKER)
            .setNode(node)
            .setRequest(ByteString.copyFrom(home.keys().request(Purpose.NODES, wanted)));
    if (place != null) {
      request
          .setPeerRequest(ByteString.copyFrom(home.keys().request(Purpose.PEERS, wanted)))
          .setPlace(place.message());
    }
    return request.build();
  }

  /** The answer at an address; null if there is none. */
  private @Nullable JoinReply ask(HostPort address, SslContext tls, JoinRequest request)
      throws JoinFailure {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address.host(), address.port()).sslContext(tls).build();
    try {
      JoinReply reply =
          MembershipGrpc.newBlockingStub(channel)
              .withDeadlineAfter(ATTEMPT.toMillis(), TimeUnit.MILLISECONDS)
              .join(request.toBuilder().setWallMillis(clock.millis()).build());
      if (reply.hasRefused()) {
        throw new JoinFailure(
            "The cluster at " + address + " does not let this node in", reply.getRefused());
      }
      return reply;
    } catch (StatusRuntimeException e) {
      RefusedPeerException refused = refused(e);
      if (refused != null && refused.reason() == RefusedPeerException.Reason.WRONG_PIN) {
        boolean _ = foreign.add(address);
      } else {
        boolean _ = foreign.remove(address);
      }
      String before = failures.put(address, reason(e, refused));
      if (before == null) {
        progress.accept(address + ": " + failures.get(address));
      }
      return null;
    } finally {
      channel.shutdownNow();
    }
  }

  private static @Nullable RefusedPeerException refused(StatusRuntimeException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof RefusedPeerException refused) {
        return refused;
      }
    }
    return null;
  }

  private static String reason(StatusRuntimeException e, @Nullable RefusedPeerException refused) {
    if (refused != null) {
      return String.valueOf(refused.getMessage());
    }
    Throwable cause = e.getCause();
    boolean silent = e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
    String why = cause == null ? e.getStatus().getDescription() : cause.getMessage();
    return silent ? "no answer within " + ATTEMPT.toSeconds() + " s" : String.valueOf(why);
  }

  private NodeIdentity install(Admitted admitted) throws IOException, JoinFailure {
    Authorities authorities =
        role == Role.COORDINATOR
            ? new Authorities(
                CertificateAuthority.parse(Purpose.NODES, admitted.getAuthority().getPem()),
                CertificateAuthority.parse(Purpose.PEERS, admitted.getPeerAuthority().getPem()))
            : null;
    if (authorities != null) {
      home.storePartitions(Math.max(1, admitted.getPartitions()));
      home.store(authorities);
      home.keys()
          .trust(
              Purpose.PEERS, WireCertificates.read(admitted.getPeerCertificates().getRootsList()));
      home.keys()
          .install(
              Purpose.PEERS, WireCertificates.read(admitted.getPeerCertificates().getChainList()));
    }
    home.remember(
        admitted.getCoordinatorsList().stream()
            .map(each -> HostPort.parse(each.getGrpc()))
            .flatMap(Optional::stream)
            .toList());
    home.keys()
        .trust(Purpose.NODES, WireCertificates.read(admitted.getCertificates().getRootsList()));
    // Last, since a node with this certificate counts as one that has joined.
    home.keys()
        .install(Purpose.NODES, WireCertificates.read(admitted.getCertificates().getChainList()));
    return identity(admitted.getCluster());
  }

  private JoinFailure allForeign() {
    return new JoinFailure(
        "Only coordinators of other clusters than the join token's were found\n" + tried(),
        "name a coordinator of the token's cluster with --seeds host:port, or make a token where this"
            + " node is to be: capstan cluster join-token");
  }

  private JoinFailure notFound(Duration patience) {
    return new JoinFailure(
        "No coordinator of the cluster was found within "
            + patience.toSeconds()
            + " s"
            + (failures.isEmpty() ? "" : "\n" + tried()),
        failures.isEmpty()
            ? "name one with --seeds host:port (its gRPC port, 7481 unless it was changed), or let"
                + " mDNS packets through between the machines"
            : "check that a coordinator of the token's cluster listens there and is reachable from"
                + " here");
  }

  private String tried() {
    return failures.entrySet().stream()
        .map(each -> each.getKey() + ": " + each.getValue())
        .collect(Collectors.joining("\n"));
  }
}
