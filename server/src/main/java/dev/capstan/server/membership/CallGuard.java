package dev.capstan.server.membership;

import dev.capstan.api.v1.DistributedEngineGrpc;
import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.tls.PeerIdentity;
import dev.capstan.server.gateway.KeyRole;
import dev.capstan.server.gateway.Principal;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may call which gRPC method of a cluster; a method without a rule may be called by
 * nobody. To stand behind {@link PeerIdentity#interceptor}, which knows whose certificate was
 * shown.
 */
public final class CallGuard implements ServerInterceptor {
  private static final Context.Key<Principal> PRINCIPAL = Context.key("capstan-principal");
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Status KEY_IS_GONE =
      Status.UNAUTHENTICATED.withDescription(
          "The API key that this call came with is not the cluster's any more");

  /** Who may call a method. */
  enum Rule {
    /** Whoever reaches the port; the method looks at a secret itself. */
    ANYBODY,
    /** Nodes of the cluster. */
    NODES,
    /** Coordinators of the cluster. */
    COORDINATORS,
    /** Workers of the cluster. */
    WORKERS,
    /** Administrators, by an API key. */
    PRINCIPALS
  }

  /** By full name of the method. */
  static final Map<String, Rule> RULES =
      Map.ofEntries(
          rule(MembershipGrpc.getJoinMethod(), Rule.ANYBODY),
          rule(MembershipGrpc.getRenewMethod(), Rule.NODES),
          rule(MembershipGrpc.getCoordinatorsMethod(), Rule.NODES),
          rule(MembershipGrpc.getTellRefusalsMethod(), Rule.COORDINATORS),
          rule(WorkerSessionsGrpc.getSessionMethod(), Rule.WORKERS),
          rule(ExecutionsGrpc.getRunMethod(), Rule.PRINCIPALS),
          rule(DistributedEngineGrpc.getRegisterNodeMethod(), Rule.PRINCIPALS),
          rule(DistributedEngineGrpc.getAwaitNodeMethod(), Rule.PRINCIPALS),
          rule(DistributedEngineGrpc.getScheduleTaskMethod(), Rule.PRINCIPALS),
          rule(DistributedEngineGrpc.getSynchronizeStateMethod(), Rule.PRINCIPALS),
          rule(DistributedEngineGrpc.getDetectNodeFailureMethod(), Rule.PRINCIPALS),
          rule(DistributedEngineGrpc.getCoordinateConsensusMethod(), Rule.PRINCIPALS));

  private static Map.Entry<String, Rule> rule(MethodDescriptor<?, ?> method, Rule rule) {
    return Map.entry(method.getFullMethodName(), rule);
  }

  private final KeyDoor door;

  /** A guard that knows the API keys of a cluster. */
  public CallGuard(KeyDoor door) {
    this.door = door;
  }

  /** Whoever calls the method that runs in the current context. */
  public static Principal principal() {
    Principal known = PRINCIPAL.get();
    if (known == null) {
      throw new IllegalStateException("a call without a principal came through");
    }
    return known;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Rule rule = RULES.get(call.getMethodDescriptor().getFullMethodName());
    NodeIdentity node = PeerIdentity.current();
    return switch (rule) {
      case null -> refuse(call, Status.UNIMPLEMENTED, "There is no such method");
      case ANYBODY -> next.startCall(call, headers);
      case NODES ->
          node == null
              ? refuse(call, Status.UNAUTHENTICATED, "Only nodes of the cluster may call this")
              : next.startCall(call, headers);
      case COORDINATORS ->
          is(node, Role.COORDINATOR)
              ? next.startCall(call, headers)
              : refuse(
                  call, Status.UNAUTHENTICATED, "Only coordinators of the cluster may call this");
      case WORKERS ->
          is(node, Role.WORKER)
              ? next.startCall(call, headers)
              : refuse(call, Status.UNAUTHENTICATED, "Only workers of the cluster may call this");
      case PRINCIPALS ->
          switch (door.look(headers.get(AUTHORIZATION), MembershipService.from(call))) {
            case KeyDoor.Finding.NotYet() ->
                refuse(call, Status.UNAVAILABLE, "The API keys are not known here yet");
            case KeyDoor.Finding.Refused _ ->
                refuse(
                    call,
                    Status.UNAUTHENTICATED,
                    "An API key of the cluster must come with the call: authorization: Bearer"
                        + " capk_...");
            case KeyDoor.Finding.Known(ShownKey key)
                when key.principal().role() != KeyRole.ADMINISTRATOR ->
                refuse(
                    call, Status.PERMISSION_DENIED, "This needs the API key of an administrator");
            case KeyDoor.Finding.Known(ShownKey key) -> letIn(key, call, headers, next);
          };
    };
  }

  /** For as long as the key is good: a call may stay open for days. */
  private <Q, A> ServerCall.Listener<Q> letIn(
      ShownKey key, ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    EndableCall<Q, A> endable = new EndableCall<>(call);
    ServerCall.Listener<Q> method =
        Contexts.interceptCall(
            Context.current().withValue(PRINCIPAL, key.principal()), endable, headers, next);
    OpenCalls.Stay stay = door.calls().enter(key, () -> endable.end(KEY_IS_GONE));
    return endable.listener(method, stay::close);
  }

  private static boolean is(@Nullable NodeIdentity node, Role role) {
    return node != null && node.role() == role;
  }

  private static <Q, A> ServerCall.Listener<Q> refuse(
      ServerCall<Q, A> call, Status status, String why) {
    call.close(status.withDescription(why), new Metadata());
    return new ServerCall.Listener<>() {};
  }
}
