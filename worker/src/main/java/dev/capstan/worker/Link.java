package dev.capstan.worker;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One stream to a coordinator, from hello to its end. A connection has many in its life, one at a
 * time. Messages arrive on gRPC's threads, one after the other; {@link #send} is for the writer of
 * the outbox and, in standby, for the connection's keep-alives.
 */
final class Link implements ClientResponseObserver<WorkerMessage, CoordinatorMessage> {

  private final Connection connection;
  private final AtomicBoolean held = new AtomicBoolean();
  private volatile @Nullable ClientCallStreamObserver<WorkerMessage> stream;
  private volatile long heardNanos = System.nanoTime();
  private volatile boolean answered;

  Link(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WorkerMessage> requestStream) {
    stream = requestStream;
    requestStream.disableAutoRequestWithInitial(1);
    requestStream.setOnReadyHandler(connection::writable);
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    heardNanos = System.nanoTime();
    connection.received(this, message);
    held.set(true);
    if (connection.accepting()) {
      resume();
    }
  }

  @Override
  public void onError(Throwable error) {
    connection.broken(this, reason(Status.fromThrowable(error)));
  }

  @Override
  public void onCompleted() {
    connection.broken(this, "the coordinator ended the stream");
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
  synchronized void send(WorkerMessage message) {
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

  synchronized void complete() {
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

  void markAnswered() {
    answered = true;
  }

  /** Whether the coordinator has answered the hello. */
  boolean answered() {
    return answered;
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
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String description =
        cause == null || cause.getMessage() == null ? status.getDescription() : cause.getMessage();
    return description == null ? status.getCode().name() : status.getCode() + ": " + description;
  }
}
