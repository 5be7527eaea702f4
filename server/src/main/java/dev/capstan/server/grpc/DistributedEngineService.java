package dev.capstan.server.grpc;

import dev.capstan.api.v1.CoordinateConsensusReply;
import dev.capstan.api.v1.CoordinateConsensusRequest;
import dev.capstan.api.v1.DetectNodeFailureReply;
import dev.capstan.api.v1.DetectNodeFailureRequest;
import dev.capstan.api.v1.DistributedEngineGrpc;
import dev.capstan.api.v1.RegisterNodeReply;
import dev.capstan.api.v1.RegisterNodeRequest;
import dev.capstan.api.v1.ScheduleTaskReply;
import dev.capstan.api.v1.ScheduleTaskRequest;
import dev.capstan.api.v1.SynchronizeStateReply;
import dev.capstan.api.v1.SynchronizeStateRequest;
import dev.capstan.server.gateway.FirstDispatch;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.NodeRole;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code capstan.v1.DistributedEngine}: a cluster as one engine. */
public final class DistributedEngineService
    extends DistributedEngineGrpc.DistributedEngineImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(DistributedEngineService.class);
  private static final Duration JOINS_WITHIN = Duration.ofMinutes(15);
  private static final Duration DISPATCHED_WITHIN = Duration.ofSeconds(10);

  private final Gateway gateway;
  private final Supplier<Principal> principal;

  /**
   * @param principal who has made the call, in the gRPC context of the call
   */
  public DistributedEngineService(Gateway gateway, Supplier<Principal> principal) {
    this.gateway = gateway;
    this.principal = principal;
  }

  /** A question to the gateway; may throw a refusal at once. */
  private interface Question<T> {
    CompletableFuture<T> ask(Principal principal);
  }

  @Override
  public void registerNode(RegisterNodeRequest request, StreamObserver<RegisterNodeReply> reply) {
    Duration life =
        request.getLifeMillis() == 0 ? JOINS_WITHIN : Duration.ofMillis(request.getLifeMillis());
    String node = EngineMessages.orNull(request.getNode());
    answer(reply, EngineMessages::reply, asks -> gateway.invite(asks, NodeRole.WORKER, node, life));
  }

  @Override
  public void scheduleTask(ScheduleTaskRequest request, StreamObserver<ScheduleTaskReply> reply) {
    Duration wait =
        request.getWaitMillis() == 0
            ? DISPATCHED_WITHIN
            : Duration.ofMillis(request.getWaitMillis());
    answer(
        reply,
        EngineMessages::reply,
        asks ->
            gateway
                .start(asks, EngineMessages.start(request))
                .thenCompose(view -> FirstDispatch.of(gateway, asks, view.id(), wait)));
  }

  @Override
  public void synchronizeState(
      SynchronizeStateRequest request, StreamObserver<SynchronizeStateReply> reply) {
    answer(
        reply,
        EngineMessages::reply,
        asks -> gateway.synchronizeState(asks, request.getExecution()));
  }

  @Override
  public void detectNodeFailure(
      DetectNodeFailureRequest request, StreamObserver<DetectNodeFailureReply> reply) {
    answer(
        reply, EngineMessages::reply, asks -> gateway.detectNodeFailure(asks, request.getNode()));
  }

  @Override
  public void coordinateConsensus(
      CoordinateConsensusRequest request, StreamObserver<CoordinateConsensusReply> reply) {
    answer(
        reply,
        EngineMessages::reply,
        asks -> gateway.coordinateConsensus(asks, request.getExecution()));
  }

  private <T, R> void answer(
      StreamObserver<R> reply, Function<T, R> message, Question<T> question) {
    CompletableFuture<T> answer;
    try {
      answer = question.ask(principal.get());
    } catch (Refusal refusal) {
      answer = CompletableFuture.failedFuture(refusal);
    }
    var _ =
        answer.whenComplete((@Nullable T value, @Nullable Throwable failure) -> {
          if (value != null) {
            reply.onNext(message.apply(value));
            reply.onCompleted();
          } else {
            reply.onError(status(failure));
          }
        });
  }

  private static Throwable status(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof Refusal refusal) {
      return Statuses.of(refusal);
    }
    LOG.error("A call failed", cause);
    return Status.INTERNAL.withDescription("CAP-9001: see the server's log").asRuntimeException();
  }
}
