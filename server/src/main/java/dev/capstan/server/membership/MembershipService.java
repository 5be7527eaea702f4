package dev.capstan.server.membership;

import dev.capstan.api.v1.Admitted;
import dev.capstan.api.v1.Authority;
import dev.capstan.api.v1.CoordinatorsReply;
import dev.capstan.api.v1.CoordinatorsRequest;
import dev.capstan.api.v1.JoinReply;
import dev.capstan.api.v1.JoinRequest;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.api.v1.NodeRole;
import dev.capstan.api.v1.Place;
import dev.capstan.api.v1.RefusalsReply;
import dev.capstan.api.v1.RefusalsRequest;
import dev.capstan.api.v1.RenewReply;
import dev.capstan.api.v1.RenewRequest;
import dev.capstan.node.joining.Authorities;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.WireCertificates;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.tls.PeerIdentity;
import dev.capstan.security.token.Secret;
import dev.capstan.security.token.TokenFormatException;
import dev.capstan.server.gateway.Refusal;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code capstan.v1.Membership}: machines that want to be nodes, and nodes. */
public final class MembershipService extends MembershipGrpc.MembershipImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(MembershipService.class);
  private static final Context.Key<String> CALLER = Context.key("capstan-caller");
  private static final int LONGEST_NAME = 128;
  private static final int MOST_REFUSALS = 100;

  private final Registrar registrar;
  private final Roster roster;
  private final int partitions;
  private final BooleanSupplier leads;
  private final Supplier<@Nullable String> leader;

  /**
   * @param partitions into how many the state of the cluster is divided
   * @param leads whether this coordinator leads: only then machines may join here
   * @param leader the coordinator that leads, as far as this one knows
   */
  public MembershipService(
      Registrar registrar,
      Roster roster,
      int partitions,
      BooleanSupplier leads,
      Supplier<@Nullable String> leader) {
    this.registrar = registrar;
    this.roster = roster;
    this.partitions = partitions;
    this.leads = leads;
    this.leader = leader;
  }

  /** Tells the service where calls come from. */
  public static ServerInterceptor caller() {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        return Contexts.interceptCall(
            Context.current().withValue(CALLER, from(call)), call, headers, next);
      }
    };
  }

  /** The address that a call comes from. */
  static String from(ServerCall<?, ?> call) {
    SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    return remote instanceof InetSocketAddress address && address.getAddress() != null
        ? address.getAddress().getHostAddress()
        : "this process";
  }

  @Override
  public void join(JoinRequest request, StreamObserver<JoinReply> replies) {
    // Before the first coordinator has stored itself, nobody could be told whom to connect to.
    if (!leads.getAsBoolean() || roster.coordinators().isEmpty()) {
      CoordinatorPlace place = roster.coordinator(leader.get());
      answer(
          replies,
          JoinReply.newBuilder()
              .setElsewhere(place == null ? "" : place.grpc().toString())
              .build());
      return;
    }
    Application application;
    try {
      application = application(request);
    } catch (IllegalArgumentException e) {
      answer(replies, JoinReply.newBuilder().setRefused(String.valueOf(e.getMessage())).build());
      return;
    }
    try {
      answer(replies, reply(registrar.join(application).join()));
    } catch (CompletionException | Refusal e) {
      LOG.info("{} could not join: {}", application.node(), e.getMessage());
      replies.onError(Status.UNAVAILABLE.withDescription("try again").asRuntimeException());
    }
  }

  private static Application application(JoinRequest request) {
    Role role = role(request.getRole());
    if (request.getNode().length() > LONGEST_NAME || request.getTokenId().length() > LONGEST_NAME) {
      throw new IllegalArgumentException("The name of a node has at most 128 characters");
    }
    Secret secret;
    try {
      secret = Secret.parse(request.getTokenSecret());
    } catch (TokenFormatException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    boolean keeps = role == Role.COORDINATOR;
    CoordinatorPlace place = keeps ? CoordinatorPlace.of(request.getPlace()) : null;
    if (place != null && !place.node().equals(request.getNode())) {
      throw new IllegalArgumentException("The place is that of another node, " + place.node());
    }
    return new Application(
        request.getTokenId(),
        secret.digest(),
        role,
        request.getNode(),
        request.getRequest().toByteArray(),
        keeps ? request.getPeerRequest().toByteArray() : null,
        place,
        request.hasWallMillis() ? Long.valueOf(request.getWallMillis()) : null,
        String.valueOf(CALLER.get()));
  }

  private static Role role(NodeRole role) {
    return switch (role) {
      case COORDINATOR -> Role.COORDINATOR;
      case WORKER -> Role.WORKER;
      case NODE_ROLE_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("A node is a coordinator or a worker");
    };
  }

  private JoinReply reply(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Refused(String sentence) -> JoinReply.newBuilder().setRefused(sentence).build();
      case Verdict.Admitted admitted ->
          JoinReply.newBuilder().setAdmitted(message(admitted)).build();
    };
  }

  private Admitted message(Verdict.Admitted verdict) {
    Authorities authorities = registrar.signatory().authorities();
    Admitted.Builder message =
        Admitted.newBuilder()
            .setCluster(verdict.identity().cluster())
            .setNode(verdict.identity().node())
            .setCertificates(WireCertificates.write(verdict.chain(), roots(authorities.nodes())))
            .addAllCoordinators(places());
    if (verdict.identity().role() == Role.COORDINATOR) {
      message
          .setPartitions(partitions)
          .setPeerCertificates(
              WireCertificates.write(verdict.peerChain(), roots(authorities.peers())))
          .setAuthority(Authority.newBuilder().setPem(authorities.nodes().text()))
          .setPeerAuthority(Authority.newBuilder().setPem(authorities.peers().text()));
    }
    return message.build();
  }

  private static List<java.security.cert.X509Certificate> roots(CertificateAuthority authority) {
    return List.of(authority.certificate());
  }

  /** Whoever leads comes first: a node that starts asks that one, and the others later. */
  private List<Place> places() {
    String first = leader.get();
    return roster.coordinators().values().stream()
        .sorted(Comparator.comparing(place -> !place.node().equals(first)))
        .map(CoordinatorPlace::message)
        .toList();
  }

  @Override
  public void renew(RenewRequest request, StreamObserver<RenewReply> replies) {
    NodeIdentity caller = PeerIdentity.current();
    if (caller == null) {
      replies.onError(Status.UNAUTHENTICATED.asRuntimeException());
      return;
    }
    byte[] peerRequest =
        caller.role() == Role.COORDINATOR && !request.getPeerRequest().isEmpty()
            ? request.getPeerRequest().toByteArray()
            : null;
    switch (registrar
        .signatory()
        .renew(caller, request.getRequest().toByteArray(), peerRequest, roster)) {
      case Verdict.Refused(String sentence) ->
          replies.onError(Status.PERMISSION_DENIED.withDescription(sentence).asRuntimeException());
      case Verdict.Admitted verdict -> {
        Authorities authorities = registrar.signatory().authorities();
        answer(
            replies,
            RenewReply.newBuilder()
                .setCertificates(
                    WireCertificates.write(verdict.chain(), roots(authorities.nodes())))
                .setPeerCertificates(
                    WireCertificates.write(verdict.peerChain(), roots(authorities.peers())))
                .build());
      }
    }
  }

  @Override
  public void coordinators(CoordinatorsRequest request, StreamObserver<CoordinatorsReply> replies) {
    answer(replies, CoordinatorsReply.newBuilder().addAllCoordinators(places()).build());
  }

  @Override
  public void tellRefusals(RefusalsRequest request, StreamObserver<RefusalsReply> replies) {
    NodeIdentity caller = PeerIdentity.current();
    if (caller == null) {
      replies.onError(Status.UNAUTHENTICATED.asRuntimeException());
      return;
    }
    List<Intruder> intruders =
        request.getRefusedList().stream().limit(MOST_REFUSALS).map(Intruder::of).toList();
    try {
      Object _ = registrar.record(caller.node(), intruders).join();
      answer(replies, RefusalsReply.getDefaultInstance());
    } catch (CompletionException | Refusal e) {
      replies.onError(Status.UNAVAILABLE.withDescription("try again").asRuntimeException());
    }
  }

  private static <A> void answer(StreamObserver<A> replies, A answer) {
    replies.onNext(answer);
    replies.onCompleted();
  }
}
