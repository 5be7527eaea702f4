package dev.capstan.server.grpc;

import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Serves {@code capstan.v1.Executions}: many starts over one stream. */
public final class ExecutionsService extends ExecutionsGrpc.ExecutionsImplBase {
  /** How many requests of one stream may be unanswered; more are refused as busy. */
  public static final int DEFAULT_OUTSTANDING = 10_000;

  private final Gateway gateway;
  private final Supplier<Principal> principal;
  private final int maxOutstanding;
  private final StartCounters counters;
  private final AtomicInteger streams = new AtomicInteger();

  /**
   * @param principal who has opened the stream that is being opened, in the gRPC context of the
   *     call
   * @param maxOutstanding how many requests of one stream may be unanswered
   */
  public ExecutionsService(
      Gateway gateway, Supplier<Principal> principal, int maxOutstanding, Metrics metrics) {
    this.gateway = gateway;
    this.principal = principal;
    this.maxOutstanding = maxOutstanding;
    this.counters = new StartCounters(metrics);
    metrics.add(readings -> readings.value(Metric.GRPC_STREAMS, streams.get()));
  }

  @Override
  public StreamObserver<RunRequest> run(StreamObserver<RunReply> replies) {
    streams.incrementAndGet();
    ServerCallStreamObserver<RunReply> call = (ServerCallStreamObserver<RunReply>) replies;
    return new RunStream(
            gateway, principal.get(), call, maxOutstanding, counters, streams::decrementAndGet)
        .open();
  }
}
