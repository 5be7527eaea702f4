package dev.capstan.server.grpc;

import dev.capstan.api.v1.AwaitNodeReply;
import dev.capstan.api.v1.AwaitNodeRequest;
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
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
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
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
  private static final Duration ACTIVE_WITHIN = Duration.ofSeconds(30);
  private static final Duration DISPATCHED_WITHIN = Duration.ofSeconds(10);

  private final Gateway gateway;
  private final Onward onward;
  private final Supplier<Principal> principal;

  /**
   * @param onward where calls are carried out
   * @param principal who has made the call, in the gRPC context of the call
   */
  public DistributedEngineService(Gateway gateway, Onward onward, Supplier<Principal> principal) {
    this.gateway = gateway;
    this.onward = onward;
    this.principal = principal;
  }

  /** This service, which has to see the metadata of its calls. */
  public ServerServiceDefinition bound() {
    return ServerInterceptors.intercept(this, new CallHeaders());
  }

  /** A question to the gateway; may throw a refusal at once. */
  private interface Question<T> {
    CompletableFuture<T> ask(Principal principal);
  }

  /**
   * A call.
   *
   * @param repeatable whether it changes nothing
   * @param alone whether this coordinator answers itself where no leader can be had
   */
  private record Asked<Q, A>(
      MethodDescriptor<Q, A> method, Q request, boolean repeatable, boolean alone) {}

  @Override
  public void registerNode(RegisterNodeRequest request, StreamObserver<RegisterNodeReply> reply) {
    Duration life =
        request.getLifeMillis() == 0 ? JOINS_WITHIN : Duration.ofMillis(request.getLifeMillis());
    String node = EngineMessages.orNull(request.getNode());
    answer(
        new Asked<>(DistributedEngineGrpc.getRegisterNodeMethod(), request, false, false),
        reply,
        EngineMessages::reply,
        asks -> gateway.invite(asks, NodeRole.WORKER, node, life));
  }

  @Override
  public void awaitNode(AwaitNodeRequest request, StreamObserver<AwaitNodeReply> reply) {
    Duration wait = wait(request.getWaitMillis(), ACTIVE_WITHIN);
    answer(
        new Asked<>(DistributedEngineGrpc.getAwaitNodeMethod(), request, true, false),
        reply,
        EngineMessages::reply,
        asks -> gateway.awaitNode(asks, request.getNode(), wait));
  }

  @Override
  public void scheduleTask(ScheduleTaskRequest request, StreamObserver<ScheduleTaskReply> reply) {
    Duration wait = wait(request.getWaitMillis(), DISPATCHED_WITHIN);
    answer(
        new Asked<>(DistributedEngineGrpc.getScheduleTaskMethod(), request, false, false),
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
        new Asked<>(DistributedEngineGrpc.getSynchronizeStateMethod(), request, true, false),
        reply,
        EngineMessages::reply,
        asks -> gateway.synchronizeState(asks, request.getExecution()));
  }

  @Override
  public void detectNodeFailure(
      DetectNodeFailureRequest request, StreamObserver<DetectNodeFailureReply> reply) {
    answer(
        new Asked<>(DistributedEngineGrpc.getDetectNodeFailureMethod(), request, true, false),
        reply,
        EngineMessages::reply,
        asks -> gateway.detectNodeFailure(asks, request.getNode()));
  }

  @Override
  public void coordinateConsensus(
      CoordinateConsensusRequest request, StreamObserver<CoordinateConsensusReply> reply) {
    answer(
        new Asked<>(DistributedEngineGrpc.getCoordinateConsensusMethod(), request, true, true),
        reply,
        EngineMessages::reply,
        asks -> gateway.coordinateConsensus(asks, request.getExecution()));
  }

  /** How long a request wants to wait; 0 is the usual time. */
  private static Duration wait(long given, Duration usual) {
    return given == 0 ? usual : Duration.ofMillis(Math.clamp(given, 1, LONGEST_WAIT.toMillis()));
  }

  private <Q, T, A> void answer(
      Asked<Q, A> asked, StreamObserver<A> reply, Function<T, A> message, Question<T> question) {
    try {
      A elsewhere = elsewhere(asked);
      if (elsewhere != null) {
        reply.onNext(elsewhere);
        reply.onCompleted();
        return;
      }
    } catch (Refusal refusal) {
      reply.onError(onward.notLeading(refusal));
      return;
    } catch (StatusRuntimeException refused) {
      reply.onError(refused.getStatus().asRuntimeException());
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reply.onError(Status.UNAVAILABLE.withDescription("the coordinator stops").asException());
      return;
    }
    answerHere(reply, message, question);
  }

  private <Q, A> @Nullable A elsewhere(Asked<Q, A> asked) throws InterruptedException {
    try {
      return onward.ask(asked.method(), asked.request(), asked.repeatable());
    } catch (Refusal refusal) {
      if (asked.alone() && !onward.wasForwarded()) {
        return null;
      }
      throw refusal;
    }
  }

  private <T, A> void answerHere(
      StreamObserver<A> reply, Function<T, A> message, Question<T> question) {
    CompletableFuture<T> answer;
    try {
      answer = question.ask(principal.get());
    } catch (Refusal refusal) {
      answer = CompletableFuture.failedFuture(refusal);
    }
    Context call = Context.current();
    var _ =
        answer.whenComplete((@Nullable T value, @Nullable Throwable failure) -> {
          if (value != null) {
            reply.onNext(message.apply(value));
            reply.onCompleted();
          } else {
            call.run(() -> reply.onError(status(failure)));
          }
        });
  }

  private Throwable status(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof Refusal refusal) {
      return onward.notLeading(refusal);
    }
    LOG.error("A call failed", cause);
    return Status.INTERNAL.withDescription("CAP-9001: see the server's log").asRuntimeException();
  }
}
