package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.AwaitNodeRequest;
import dev.capstan.api.v1.DistributedEngineGrpc;
import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.JoinRequest;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.server.gateway.KeyRole;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may call which gRPC method, asked over the wire. */
class CallGuardTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** Every service that a coordinator has. */
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          MembershipGrpc.getServiceDescriptor(),
          WorkerSessionsGrpc.getServiceDescriptor(),
          ExecutionsGrpc.getServiceDescriptor(),
          DistributedEngineGrpc.getServiceDescriptor());

  private enum Caller {
    NOBODY,
    WORKER,
    COORDINATOR,
    KEY,
    WORKERS_KEY
  }

  private static final Map<String, Set<Caller>> ALLOWED =
      Map.ofEntries(
          Map.entry("Membership/Join", EnumSet.allOf(Caller.class)),
          Map.entry("Membership/Renew", EnumSet.of(Caller.WORKER, Caller.COORDINATOR)),
          Map.entry("Membership/Coordinators", EnumSet.of(Caller.WORKER, Caller.COORDINATOR)),
          Map.entry("Membership/TellRefusals", EnumSet.of(Caller.COORDINATOR)),
          Map.entry("WorkerSessions/Session", EnumSet.of(Caller.WORKER)),
          Map.entry("Executions/Run", EnumSet.of(Caller.KEY)),
          Map.entry("DistributedEngine/RegisterNode", EnumSet.of(Caller.KEY)),
          Map.entry("DistributedEngine/AwaitNode", EnumSet.of(Caller.KEY)),
          Map.entry("DistributedEngine/ScheduleTask", EnumSet.of(Caller.KEY)),
          Map.entry("DistributedEngine/SynchronizeState", EnumSet.of(Caller.KEY)),
          Map.entry("DistributedEngine/DetectNodeFailure", EnumSet.of(Caller.KEY)),
          Map.entry("DistributedEngine/CoordinateConsensus", EnumSet.of(Caller.KEY)));

  @TempDir Path directory;

  @Test
  void everyMethodIsForThoseThatItIsFor() throws Exception {
    try (LoneCluster cluster = LoneCluster.start(directory, NodeConfig.ofDefaults())) {
      Object _ = cluster.joinWorker("w1");
      Map<Caller, ManagedChannel> channels = new EnumMap<>(Caller.class);
      channels.put(Caller.NOBODY, cluster.channel(NodeKeys.none()));
      channels.put(Caller.KEY, cluster.channel(NodeKeys.none()));
      channels.put(Caller.WORKER, cluster.channel(cluster.keys("w1")));
      channels.put(Caller.COORDINATOR, cluster.channel(cluster.keys("c1")));
      channels.put(Caller.WORKERS_KEY, cluster.channel(NodeKeys.none()));
      String workersKey =
          cluster
              .coordinator
              .gateway()
              .keys()
              .issue(LoneCluster.ADMIN, "payments", KeyRole.WORKER)
              .join()
              .text();
      Map<String, Set<Caller>> found = new TreeMap<>();
      for (MethodDescriptor<?, ?> method : methods()) {
        Set<Caller> callers =
            found.computeIfAbsent(shortName(method), _ -> EnumSet.noneOf(Caller.class));
        channels.forEach((caller, channel) -> {
          String key =
              switch (caller) {
                case KEY -> cluster.key.text();
                case WORKERS_KEY -> workersKey;
                case NOBODY, WORKER, COORDINATOR -> null;
              };
          Status status = call(channel, method, key);
          boolean forbidden =
              caller == Caller.WORKERS_KEY && status.getCode() == Status.Code.PERMISSION_DENIED;
          if (status.getCode() != Status.Code.UNAUTHENTICATED && !forbidden) {
            assertThat(status.getCode())
                .as("%s by %s", method.getFullMethodName(), caller)
                .isNotIn(
                    Status.Code.UNIMPLEMENTED,
                    Status.Code.UNAVAILABLE,
                    Status.Code.DEADLINE_EXCEEDED);
            callers.add(caller);
          }
        });
      }

      assertThat(found).isEqualTo(new TreeMap<>(ALLOWED));
    }
  }

  @Test
  void whoHasNotProvenWhoHeIsSendsLittle() throws Exception {
    try (LoneCluster cluster = LoneCluster.start(directory, NodeConfig.ofDefaults())) {
      var stub = MembershipGrpc.newBlockingStub(cluster.channel(NodeKeys.none()));

      assertThat(stub.join(joining(StrangersBound.LARGEST_BYTES / 2)).getRefused()).isNotEmpty();
      assertThat(failure(() -> stub.join(joining(StrangersBound.LARGEST_BYTES * 2))))
          .isNotNull()
          .isNotEqualTo(Status.Code.OK);
      assertThat(stub.join(joining(10)).getRefused()).as("the connection goes on").isNotEmpty();
    }
  }

  private static JoinRequest joining(int bytes) {
    return JoinRequest.newBuilder().setRequest(ByteString.copyFrom(new byte[bytes])).build();
  }

  private static Status.@Nullable Code failure(Runnable call) {
    try {
      call.run();
      return null;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  private static List<MethodDescriptor<?, ?>> methods() {
    List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
    SERVICES.forEach(service -> methods.addAll(service.getMethods()));
    return methods;
  }

  private static String shortName(MethodDescriptor<?, ?> method) {
    String name = method.getFullMethodName();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Sends a request, and tells how the call ended. */
  private static <Q, A> Status call(
      ManagedChannel channel, MethodDescriptor<Q, A> method, @Nullable String key) {
    CompletableFuture<Status> ended = new CompletableFuture<>();
    ClientCall<Q, A> call =
        channel.newCall(method, CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS));
    Metadata headers = new Metadata();
    if (key != null) {
      headers.put(AUTHORIZATION, "Bearer " + key);
    }
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.complete(status);
          }
        },
        headers);
    call.request(100);
    if (method.getType().clientSendsOneMessage()) {
      call.sendMessage(request(method));
    }
    call.halfClose();
    return ended.join();
  }

  /** An empty one, but for what would be waited for. */
  private static <Q> Q request(MethodDescriptor<Q, ?> method) {
    return method.parseRequest(
        method == DistributedEngineGrpc.getAwaitNodeMethod()
            ? AwaitNodeRequest.newBuilder().setWaitMillis(1).build().toByteString().newInput()
            : InputStream.nullInputStream());
  }
}
