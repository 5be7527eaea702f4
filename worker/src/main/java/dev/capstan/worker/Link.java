package dev.capstan.worker;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One stream to the coordinator, from hello to its end. A session has many in its life, one at a
 * time. Messages arrive on gRPC's threads, one after the other; {@link #send} is for the writer of
 * the outbox.
 */
final class Link implements ClientResponseObserver<WorkerMessage, CoordinatorMessage> {

  private final Session session;
  private final AtomicBoolean held = new AtomicBoolean();
  private volatile @Nullable ClientCallStreamObserver<WorkerMessage> stream;
  private volatile long heardNanos = System.nanoTime();
  private volatile boolean welcomed;

  Link(Session session) {
    this.session = session;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WorkerMessage> requestStream) {
    stream = requestStream;
    requestStream.disableAutoRequestWithInitial(1);
    requestStream.setOnReadyHandler(session::writable);
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    heardNanos = System.nanoTime();
    session.received(this, message);
    held.set(true);
    if (session.accepting()) {
      resume();
    }
  }

  @Override
  public void onError(Throwable error) {
    session.broken(this, reason(Status.fromThrowable(error)));
  }

  @Override
  public void onCompleted() {
    session.broken(this, "the coordinator ended the stream");
  }

  /** Reads on, if reading was held back because too many reports wait. */
  void resume() {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    if (open != null && held.compareAndSet(true, false)) {
      heardNanos = System.nanoTime();
      open.request(1);
    }
  }

  boolean ready() {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    return open != null && open.isReady();
  }

  /** Gives a message to the stream. One that is broken swallows it; its end is told apart. */
  void send(WorkerMessage message) {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    if (open == null) {
      return;
    }
    try {
      open.onNext(message);
    } catch (IllegalStateException closedMeanwhile) {
      cancel("the stream was closed while it was written to");
    }
  }

  void complete() {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    if (open == null) {
      return;
    }
    try {
      open.onCompleted();
    } catch (IllegalStateException closedMeanwhile) {
      cancel("the stream was closed while it was completed");
    }
  }

  /** Ends the stream at once; may be called by any thread. */
  void cancel(String reason) {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    if (open != null) {
      open.cancel(reason, null);
    }
  }

  void markWelcomed() {
    welcomed = true;
  }

  boolean welcomed() {
    return welcomed;
  }

  /** How long the coordinator has said nothing. */
  long silentNanos() {
    return System.nanoTime() - heardNanos;
  }

  /** Whether it is this side that does not read: silence is no proof then. */
  boolean held() {
    return held.get();
  }

  private static String reason(Status status) {
    String description = status.getDescription();
    return description == null ? status.getCode().name() : status.getCode() + ": " + description;
  }
}
