package dev.capstan.server.grpc;

import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Serves {@code capstan.v1.Executions}: many starts over one stream, at any coordinator. */
public final class ExecutionsService extends ExecutionsGrpc.ExecutionsImplBase {
  /** How many requests of one stream may be unanswered; more are refused as busy. */
  public static final int DEFAULT_OUTSTANDING = 10_000;

  /** How many bytes of requests may wait for other coordinators, of all streams together. */
  public static final long DEFAULT_KEPT_BYTES = 64 << 20;

  private final RunStream.Shared shared;
  private final Supplier<Principal> principal;
  private final StartCounters counters;
  private final AtomicInteger streams = new AtomicInteger();

  /**
   * @param ways where starts are decided
   * @param principal who has opened the stream that is being opened, in the gRPC context of the
   *     call
   * @param maxOutstanding how many requests of one stream may be unanswered
   */
  public ExecutionsService(
      Gateway gateway,
      Ways ways,
      Supplier<Principal> principal,
      int maxOutstanding,
      Metrics metrics) {
    this(
        new RunStream.Shared(gateway, ways, maxOutstanding, new KeptBytes(DEFAULT_KEPT_BYTES)),
        principal,
        metrics);
  }

  ExecutionsService(RunStream.Shared shared, Supplier<Principal> principal, Metrics metrics) {
    this.shared = shared;
    this.principal = principal;
    this.counters = StartCounters.of(metrics);
    metrics.add(readings -> readings.value(Metric.GRPC_STREAMS, streams.get()));
  }

  /** This service, which has to see the metadata of its calls. */
  public ServerServiceDefinition bound() {
    return ServerInterceptors.intercept(this, new CallHeaders());
  }

  @Override
  public StreamObserver<RunRequest> run(StreamObserver<RunReply> replies) {
    ServerCallStreamObserver<RunReply> call = (ServerCallStreamObserver<RunReply>) replies;
    if (CallHeaders.wereForwarded()) {
      // Its starts are counted where the client has its stream.
      return new RunStream(shared, principal.get(), call, StartCounters.NONE, () -> {}).open();
    }
    streams.incrementAndGet();
    return new RunStream(shared, principal.get(), call, counters, streams::decrementAndGet).open();
  }
}
