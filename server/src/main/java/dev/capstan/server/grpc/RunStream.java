package dev.capstan.server.grpc;

import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of starts. No thread belongs to it: requests come on gRPC's threads, answers of the
 * engine on the engine's, and whichever comes first writes all replies that are ready.
 *
 * <p>What the stream may hold is bounded twice. Requests beyond {@code maxOutstanding} unanswered
 * ones are refused as busy, which the client hears at once. And while the client does not take its
 * replies, nothing more is read from it, so that the replies waiting for it are at most twice as
 * many as requests may be outstanding, and a few refusals more.
 *
 * <p>Fields are guarded by the object's lock, which is held for moments and never while the engine
 * or gRPC is called, except to write replies: those must be written one after another.
 */
final class RunStream implements StreamObserver<RunRequest> {
  private static final Logger LOG = LoggerFactory.getLogger("dev.capstan.grpc");

  /** While so many replies wait for the client, nothing is read from it. */
  private static final int MAX_UNSENT = 1024;

  /** So many requests are asked for at once where no reply does it, since each asking costs. */
  private static final int READ_AT_ONCE = MAX_UNSENT / 2;

  private final Gateway gateway;
  private final Principal principal;
  private final ServerCallStreamObserver<RunReply> call;
  private final int maxOutstanding;
  private final StartCounters counters;
  private final Runnable whenOver;

  private final Queue<RunReply> unsent = new ArrayDeque<>();
  private final Set<CompletableFuture<?>> waits = ConcurrentHashMap.newKeySet();
  private int outstanding;
  private int unread;
  private boolean writing;
  private boolean clientDone;
  private boolean over;

  RunStream(
      Gateway gateway,
      Principal principal,
      ServerCallStreamObserver<RunReply> call,
      int maxOutstanding,
      StartCounters counters,
      Runnable whenOver) {
    this.gateway = gateway;
    this.principal = principal;
    this.call = call;
    this.maxOutstanding = maxOutstanding;
    this.counters = counters;
    this.whenOver = whenOver;
  }

  RunStream open() {
    call.disableAutoRequest();
    call.setOnReadyHandler(this::write);
    call.setOnCancelHandler(this::end);
    call.request(MAX_UNSENT);
    return this;
  }

  @Override
  public void onNext(RunRequest request) {
    boolean room;
    boolean more;
    synchronized (this) {
      room = outstanding < maxOutstanding;
      if (room) {
        outstanding++;
      }
      more = ++unread >= READ_AT_ONCE;
    }
    if (room) {
      start(request);
    } else {
      counters.refused(Refusal.Code.BUSY);
      send(RunMessages.refused(request.getCorrelation(), request.getId(), busy()), false);
    }
    if (more) {
      write();
    }
  }

  @Override
  public void onError(Throwable t) {
    end();
  }

  @Override
  public void onCompleted() {
    synchronized (this) {
      clientDone = true;
    }
    write();
  }

  private void start(RunRequest request) {
    try {
      StartRequest start = RunMessages.start(request);
      if (request.getWait()) {
        follow(request, gateway.run(principal, start));
      } else {
        var _ =
            gateway
                .start(principal, start)
                .whenComplete((view, failure) -> started(request, view, failure));
      }
    } catch (RuntimeException e) {
      refuse(request, e);
    }
  }

  private void started(
      RunRequest request, @Nullable ExecutionView view, @Nullable Throwable failure) {
    if (view == null) {
      refuse(request, failure);
      return;
    }
    counters.accepted();
    boolean last = !request.getWait();
    if (last || request.getAcknowledge()) {
      send(RunMessages.accepted(request.getCorrelation(), view.id()), last);
    }
  }

  @SuppressWarnings("UndefinedEquals") // futures are told apart by identity
  private void follow(RunRequest request, Gateway.Run run) {
    CompletableFuture<ExecutionView> ended = run.ended();
    waits.add(ended);
    var _ =
        run.started()
            .whenComplete((view, failure) -> {
              started(request, view, failure);
              if (view == null) {
                waits.remove(ended);
              } else {
                var _ = ended.whenComplete((last, broken) -> ended(request, ended, last, broken));
              }
            });
    if (isOver()) {
      ended.cancel(false);
    }
  }

  @SuppressWarnings("UndefinedEquals") // futures are told apart by identity
  private void ended(
      RunRequest request,
      CompletableFuture<ExecutionView> wait,
      @Nullable ExecutionView view,
      @Nullable Throwable failure) {
    waits.remove(wait);
    if (view == null && !isOver()) {
      refuse(request, failure);
    } else if (view != null) {
      send(RunMessages.ended(request.getCorrelation(), view), true);
    }
  }

  private void refuse(RunRequest request, @Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    Refusal refusal;
    if (cause instanceof Refusal known) {
      refusal = known;
    } else {
      LOG.error("A start failed", cause);
      refusal = new Refusal(Refusal.Code.INTERNAL, "the server failed at this request");
    }
    counters.refused(refusal.code());
    send(RunMessages.refused(request.getCorrelation(), request.getId(), refusal), true);
  }

  /**
   * Queues a reply and writes what can be written.
   *
   * @param last whether its request is answered with it
   */
  private void send(RunReply reply, boolean last) {
    synchronized (this) {
      if (over) {
        return;
      }
      unsent.add(reply);
      if (last) {
        outstanding--;
      }
    }
    write();
  }

  /** Writes while the client takes; one thread at a time, others leave their replies to it. */
  private void write() {
    synchronized (this) {
      if (writing) {
        return;
      }
      writing = true;
    }
    while (true) {
      RunReply reply;
      int more = 0;
      boolean complete = false;
      synchronized (this) {
        boolean ready = !over && call.isReady();
        reply = ready ? unsent.poll() : null;
        if (unsent.size() < MAX_UNSENT) {
          more = unread;
          unread = 0;
        }
        if (reply == null) {
          complete = !over && clientDone && outstanding == 0 && unsent.isEmpty();
          writing = false;
        }
      }
      if (more > 0) {
        call.request(more);
      }
      if (reply == null) {
        if (complete) {
          complete();
        }
        return;
      }
      call.onNext(reply);
    }
  }

  private void complete() {
    if (end()) {
      call.onCompleted();
    }
  }

  /** Lets go of everything. Answers whether this was the first time. */
  private boolean end() {
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      unsent.clear();
    }
    List.copyOf(waits).forEach(wait -> wait.cancel(false));
    whenOver.run();
    return true;
  }

  private synchronized boolean isOver() {
    return over;
  }

  private Refusal busy() {
    return new Refusal(
        Refusal.Code.BUSY,
        maxOutstanding + " requests of this stream are unanswered",
        null,
        Duration.ofMillis(100),
        List.of());
  }
}
