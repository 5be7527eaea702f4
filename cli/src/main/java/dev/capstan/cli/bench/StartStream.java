package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Starts executions over one stream and hears of them. May be used by any thread. */
final class StartStream implements AutoCloseable {
  private final Map<Long, Listener> waiting = new ConcurrentHashMap<>();
  private final AtomicLong correlations = new AtomicLong();
  private final StreamObserver<RunRequest> requests;
  private volatile @Nullable Throwable broken;

  /** Hears of one start, on the stream's thread; must not block. */
  interface Listener {
    /** The start is durable. */
    default void accepted() {}

    /** The execution has ended with this status. */
    void ended(String status);

    /** The start was refused, or the stream broke. */
    void failed(String reason);
  }

  StartStream(Channel channel) {
    requests =
        ExecutionsGrpc.newStub(channel)
            .run(
                new StreamObserver<>() {
                  @Override
                  public void onNext(RunReply reply) {
                    hear(reply);
                  }

                  @Override
                  public void onError(Throwable cause) {
                    breakOff(cause);
                  }

                  @Override
                  public void onCompleted() {
                    breakOff(new IllegalStateException("the engine closed the stream"));
                  }
                });
  }

  void start(
      Workload workload, ByteString input, boolean wait, boolean acknowledge, Listener listener) {
    Throwable cause = broken;
    if (cause != null) {
      listener.failed(String.valueOf(cause.getMessage()));
      return;
    }
    long correlation = correlations.incrementAndGet();
    waiting.put(correlation, listener);
    RunRequest request =
        RunRequest.newBuilder()
            .setCorrelation(correlation)
            .setNamespace("bench")
            .setName(workload.definitionName())
            .setVersion("1.0.0")
            .setInput(input)
            .setWait(wait)
            .setAcknowledge(acknowledge)
            .build();
    synchronized (requests) {
      requests.onNext(request);
    }
  }

  private void hear(RunReply reply) {
    switch (reply.getKindCase()) {
      case ACCEPTED -> {
        Listener listener = waiting.get(reply.getCorrelation());
        if (listener != null) {
          listener.accepted();
        }
      }
      case ENDED -> {
        Listener listener = waiting.remove(reply.getCorrelation());
        if (listener != null) {
          listener.ended(reply.getEnded().getStatus());
        }
      }
      case REFUSED -> {
        Listener listener = waiting.remove(reply.getCorrelation());
        if (listener != null) {
          listener.failed(reply.getRefused().getCode() + " " + reply.getRefused().getDetail());
        }
      }
      case KIND_NOT_SET -> {}
    }
  }

  private void breakOff(Throwable cause) {
    broken = cause;
    waiting.values().forEach(listener -> listener.failed(String.valueOf(cause.getMessage())));
    waiting.clear();
  }

  @Override
  public void close() {
    synchronized (requests) {
      requests.onCompleted();
    }
  }
}
