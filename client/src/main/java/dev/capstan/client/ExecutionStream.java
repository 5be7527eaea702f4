package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Ended;
import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.Refused;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The fast way in: one gRPC stream with thousands of starts under way. Requests are sent in the
 * order of the calls, answers come in any order, on gRPC's threads; what is chained to the futures
 * must not block.
 *
 * <p>At most {@code maxInFlight} requests are unanswered; {@link #submit} waits for a place beyond
 * that, which is how a caller that is faster than the engine is slowed down. When the stream
 * breaks, all that is unanswered fails with {@link CapstanException.Unavailable}: whether those
 * executions were started is not known, unless they had ids of the caller's, with which they can be
 * asked for again. May be used by any thread.
 */
public final class ExecutionStream implements AutoCloseable {
  private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicLong correlations = new AtomicLong();
  private final Semaphore places;
  private final int maxInFlight;
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private final Object sending = new Object();
  private @Nullable ClientCallStreamObserver<RunRequest> requests;

  private ExecutionStream(int maxInFlight) {
    this.maxInFlight = maxInFlight;
    this.places = new Semaphore(maxInFlight);
  }

  /**
   * Opens a stream over a channel, which stays the caller's.
   *
   * @param maxInFlight how many requests may be unanswered at a time
   */
  public static ExecutionStream open(Channel channel, int maxInFlight) {
    if (maxInFlight < 1) {
      throw new IllegalArgumentException("maxInFlight must be at least 1: " + maxInFlight);
    }
    ExecutionStream stream = new ExecutionStream(maxInFlight);
    var _ = ExecutionsGrpc.newStub(channel).run(stream.new Replies());
    return stream;
  }

  /**
   * A start.
   *
   * @param id null lets the engine make one
   * @param input null is an empty object
   */
  public record Start(WorkflowName workflow, @Nullable String id, @Nullable JsonNode input) {}

  /**
   * What became of an execution.
   *
   * @param status completed, faulted or cancelled
   * @param output null unless completed
   * @param error null unless faulted
   */
  public record Outcome(
      String id, String status, @Nullable JsonNode output, @Nullable JsonNode error) {}

  /**
   * A start under way.
   *
   * @param accepted completes with the execution's id when the start is durable
   * @param ended completes when the execution has ended
   */
  public record Submitted(CompletableFuture<String> accepted, CompletableFuture<Outcome> ended) {}

  /** Starts an execution without waiting for its end. */
  public CompletableFuture<String> start(Start start) throws InterruptedException {
    return submit(start, true, false).accepted;
  }

  /** Runs an execution to its end, without an answer in between. */
  public CompletableFuture<Outcome> run(Start start) throws InterruptedException {
    return submit(start, false, true).ended;
  }

  /** Starts an execution, with an answer when the start is durable and one when it has ended. */
  public Submitted submit(Start start) throws InterruptedException {
    Pending call = submit(start, true, true);
    return new Submitted(call.accepted, call.ended);
  }

  private Pending submit(Start start, boolean acknowledge, boolean wait)
      throws InterruptedException {
    places.acquire();
    Pending call = new Pending(wait);
    long correlation = correlations.incrementAndGet();
    pending.put(correlation, call);
    if (over.isDone()) {
      fail(correlation, broken(null));
    } else {
      send(request(start, correlation, acknowledge, wait));
    }
    return call;
  }

  private static RunRequest request(
      Start start, long correlation, boolean acknowledge, boolean wait) {
    RunRequest.Builder request =
        RunRequest.newBuilder()
            .setCorrelation(correlation)
            .setNamespace(start.workflow.namespace())
            .setName(start.workflow.name())
            .setAcknowledge(acknowledge)
            .setWait(wait);
    if (start.workflow.version() != null) {
      request.setVersion(start.workflow.version());
    }
    if (start.id != null) {
      request.setId(start.id);
    }
    if (start.input != null) {
      request.setInput(ByteString.copyFromUtf8(start.input.toString()));
    }
    return request.build();
  }

  private void send(RunRequest request) {
    synchronized (sending) {
      if (requests != null && !over.isDone()) {
        requests.onNext(request);
      }
    }
  }

  /** How many requests are unanswered. */
  public int inFlight() {
    return pending.size();
  }

  /** Lets what is under way come to its end, sends nothing more, and closes the stream. */
  public CompletableFuture<Void> complete() throws InterruptedException {
    places.acquire(maxInFlight);
    places.release(maxInFlight);
    synchronized (sending) {
      if (requests != null && !over.isDone()) {
        requests.onCompleted();
      }
    }
    return over;
  }

  /** Breaks the stream off. */
  @Override
  public void close() {
    synchronized (sending) {
      if (requests != null && !over.isDone()) {
        requests.cancel("closed", null);
      }
    }
  }

  private void take(RunReply reply) {
    Pending call = pending.get(reply.getCorrelation());
    if (call == null) {
      return;
    }
    switch (reply.getKindCase()) {
      case ACCEPTED -> {
        call.accepted.complete(reply.getId());
        if (!call.waits) {
          remove(reply.getCorrelation());
        }
      }
      case ENDED -> {
        remove(reply.getCorrelation());
        call.accepted.complete(reply.getId());
        end(call, reply.getId(), reply.getEnded());
      }
      case REFUSED ->
          fail(reply.getCorrelation(), CapstanException.of(problem(reply.getRefused())));
      case KIND_NOT_SET -> {
        // A kind of reply of a later version.
      }
    }
  }

  private static void end(Pending call, String id, Ended ended) {
    try {
      call.ended.complete(
          new Outcome(id, ended.getStatus(), json(ended.getOutput()), json(ended.getError())));
    } catch (IOException e) {
      call.ended.completeExceptionally(
          Transport.unreadable("the output of " + id + " is not JSON", e));
    }
  }

  private static @Nullable JsonNode json(ByteString text) throws IOException {
    return text.isEmpty() ? null : Transport.JSON.readTree(text.newInput());
  }

  private static Problem problem(Refused refused) {
    int status = StatusOfCode.of(refused.getCode());
    Long retryAfter = refused.getRetryable() ? refused.getRetryAfterMillis() : null;
    String applied = refused.getCode().equals("CAP-6003") ? "unknown" : "no";
    return new Problem(
        null,
        null,
        status,
        refused.getDetail(),
        null,
        refused.getCode(),
        null,
        refused.getRetryable(),
        retryAfter,
        applied,
        List.of(),
        null);
  }

  private void fail(long correlation, CapstanException failure) {
    Pending call = remove(correlation);
    if (call != null) {
      call.accepted.completeExceptionally(failure);
      call.ended.completeExceptionally(failure);
    }
  }

  private @Nullable Pending remove(long correlation) {
    Pending call = pending.remove(correlation);
    if (call != null) {
      places.release();
    }
    return call;
  }

  private void end(@Nullable Throwable reason) {
    if (reason == null) {
      over.complete(null);
    } else {
      over.completeExceptionally(broken(reason));
    }
    CapstanException failure = broken(reason);
    pending.keySet().forEach(correlation -> fail(correlation, failure));
  }

  private static CapstanException broken(@Nullable Throwable reason) {
    String why = reason == null ? "it was closed" : String.valueOf(reason.getMessage());
    Problem problem =
        Problem.local(
            Problem.UNREACHABLE,
            "the stream of starts ended: " + why,
            "start again with the same ids to find out what was started",
            true,
            "unknown");
    return new CapstanException.Unavailable(problem, reason);
  }

  /** A request without its last answer. */
  private static final class Pending {
    private final CompletableFuture<String> accepted = new CompletableFuture<>();
    private final CompletableFuture<Outcome> ended = new CompletableFuture<>();
    private final boolean waits;

    private Pending(boolean waits) {
      this.waits = waits;
    }
  }

  private final class Replies implements ClientResponseObserver<RunRequest, RunReply> {
    @Override
    public void beforeStart(ClientCallStreamObserver<RunRequest> stream) {
      requests = stream;
    }

    @Override
    public void onNext(RunReply reply) {
      take(reply);
    }

    @Override
    public void onError(Throwable t) {
      end(t);
    }

    @Override
    public void onCompleted() {
      end(null);
    }
  }
}
