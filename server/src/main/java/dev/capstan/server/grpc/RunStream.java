package dev.capstan.server.grpc;

import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

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
final class RunStream implements StreamObserver<RunRequest>, Relay.Door {
  /** While so many replies wait for the client, nothing is read from it. */
  private static final int MAX_UNSENT = 1024;

  /** So many requests are asked for at once where no reply does it, since each asking costs. */
  private static final int READ_AT_ONCE = MAX_UNSENT / 2;

  private final ServerCallStreamObserver<RunReply> call;
  private final int maxOutstanding;
  private final StartCounters counters;
  private final Runnable whenOver;
  private final LocalStarts local;
  private final Relay relay;

  private final Queue<RunReply> unsent = new ArrayDeque<>();
  private int outstanding;
  private int unread;
  private boolean relayWaits;
  private boolean writing;
  private boolean clientDone;
  private boolean over;

  /**
   * What the streams of a coordinator share.
   *
   * @param maxOutstanding how many requests of one stream may be unanswered
   * @param bytes that may be kept of what other coordinators carry out
   */
  record Shared(Gateway gateway, Ways ways, int maxOutstanding, KeptBytes bytes) {}

  /** The stream of the call that is opened in the current gRPC context. */
  RunStream(
      Shared shared,
      Principal principal,
      ServerCallStreamObserver<RunReply> call,
      StartCounters counters,
      Runnable whenOver) {
    this.call = call;
    this.maxOutstanding = shared.maxOutstanding();
    this.counters = counters;
    this.whenOver = whenOver;
    this.local = new LocalStarts(shared.gateway(), principal, new Here());
    this.relay = new Relay(shared.ways(), shared.bytes(), this);
  }

  /** What is refused here may be carried out elsewhere. */
  private final class Here implements Outcomes {
    @Override
    public void accepted(Errand errand, String id) {
      RunStream.this.accepted(errand, id);
    }

    @Override
    public void ended(RunReply reply) {
      RunStream.this.ended(reply);
    }

    @Override
    public void refused(Errand errand, RunReply reply) {
      relay.refused(errand, reply);
    }
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
      relay.begin(request);
    } else {
      counters.refused(Refusal.Code.BUSY.id());
      send(RunMessages.refused(request, busy()), false);
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

  @Override
  public void carryOut(Errand errand, Ways.Lead lead) {
    local.carryOut(errand, lead);
  }

  @Override
  public void accepted(Errand errand, String id) {
    counters.accepted();
    boolean last = !errand.request().getWait();
    if (last || errand.request().getAcknowledge()) {
      send(RunMessages.accepted(errand.request().getCorrelation(), id), last);
    }
  }

  @Override
  public void ended(RunReply reply) {
    send(reply, true);
  }

  @Override
  public void refused(Errand errand, RunReply reply) {
    counters.refused(reply.getRefused().getCode());
    send(reply, true);
  }

  @Override
  public synchronized boolean takes() {
    relayWaits = unsent.size() >= MAX_UNSENT;
    return !relayWaits;
  }

  @Override
  public void goOn() {
    write();
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
      boolean relayed = false;
      boolean complete = false;
      boolean room = relay.hasRoom();
      synchronized (this) {
        boolean ready = !over && call.isReady();
        reply = ready ? unsent.poll() : null;
        if (unsent.size() < MAX_UNSENT) {
          relayed = relayWaits;
          relayWaits = false;
          if (room) {
            more = unread;
            unread = 0;
          }
        }
        if (reply == null) {
          complete = !over && clientDone && outstanding == 0 && unsent.isEmpty();
          writing = false;
        }
      }
      if (more > 0) {
        call.request(more);
      }
      if (relayed) {
        relay.read();
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
    local.close();
    relay.close();
    whenOver.run();
    return true;
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
