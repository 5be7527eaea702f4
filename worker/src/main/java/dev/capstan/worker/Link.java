package dev.capstan.worker;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.executor.Token;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream to a coordinator, from hello to its end. A connection has many in its life, one at a
 * time. Messages arrive on gRPC's threads, one after the other; {@link #send} may be called by any
 * thread.
 */
final class Link implements ClientResponseObserver<WorkerMessage, CoordinatorMessage> {

  private static final WorkerMessage KEEP_ALIVE =
      WorkerMessage.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance()).build();
  private static final WorkerMessage WHO_LEADS =
      WorkerMessage.newBuilder().setKeepAlive(KeepAlive.newBuilder().setAsks(true)).build();
  private static final long NOT_ASKED = Long.MIN_VALUE;

  private final Connection connection;
  private final LongSupplier clock;
  private final AtomicBoolean held = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable ClientCallStreamObserver<WorkerMessage> stream;
  private volatile long heardNanos;
  private volatile long sentNanos;
  private volatile long askedNanos = NOT_ASKED;
  private volatile boolean answered;
  private volatile boolean completed;
  private volatile boolean over;
  private volatile Set<Token> listed = Set.of();
  private volatile @Nullable Introduction introduction;

  /** Dispatches, in all, and as the coordinator was told. */
  private final AtomicLong read = new AtomicLong();

  private long confirmed;

  Link(Connection connection, LongSupplier clock) {
    this.connection = connection;
    this.clock = clock;
    this.heardNanos = clock.getAsLong();
    this.sentNanos = heardNanos;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WorkerMessage> requestStream) {
    stream = requestStream;
    requestStream.disableAutoRequestWithInitial(1);
    requestStream.setOnReadyHandler(connection::writable);
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    heardNanos = clock.getAsLong();
    askedNanos = NOT_ASKED;
    read.addAndGet(message.getDispatches().getDispatchesCount());
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
    completed = true;
    connection.broken(this, "the coordinator ended the stream");
  }

  /** Reads on, if reading was held back because too many reports wait. */
  void resume() {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    if (open != null && held.compareAndSet(true, false)) {
      heardNanos = clock.getAsLong();
      open.request(1);
    }
  }

  boolean ready() {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    return open != null && open.isReady();
  }

  /**
   * Gives a message to the stream, and says with it what was read meanwhile. One that is broken
   * swallows it; its end is told apart.
   */
  synchronized void send(WorkerMessage message) {
    ClientCallStreamObserver<WorkerMessage> open = stream;
    if (open == null) {
      return;
    }
    sentNanos = clock.getAsLong();
    try {
      open.onNext(confirming(message));
    } catch (IllegalStateException closedMeanwhile) {
      cancel("the stream was closed while it was written to");
    }
  }

  private WorkerMessage confirming(WorkerMessage message) {
    long now = read.get();
    if (now == confirmed) {
      return message;
    }
    confirmed = now;
    return message.toBuilder().setDispatchesRead(now).build();
  }

  /**
   * Says something if nothing was said for so long, and nothing is on its way that the coordinator
   * has not read.
   *
   * @return after how many nanoseconds it is to be asked again
   */
  long keepAlive(long silentNanos) {
    long left = silentNanos - (clock.getAsLong() - sentNanos);
    if (left > 0) {
      return left;
    }
    if (ready()) {
      send(KEEP_ALIVE);
    }
    return silentNanos;
  }

  /**
   * Asks who leads, unless the coordinator owes an answer to that already.
   *
   * @return for how long it has owed one, in nanoseconds
   */
  long ask() {
    long now = clock.getAsLong();
    long asked = askedNanos;
    if (asked != NOT_ASKED) {
      return now - asked;
    }
    askedNanos = now;
    send(WHO_LEADS);
    return 0;
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

  /** What the last hello over this stream said that the node holds. */
  Set<Token> listed() {
    return listed;
  }

  void listed(Set<Token> holding) {
    listed = Set.copyOf(holding);
  }

  /**
   * What the last hello over this stream said of the node.
   *
   * @throws NullPointerException before there was one; nobody is welcomed then
   */
  Introduction introduction() {
    return Objects.requireNonNull(introduction, "no hello yet");
  }

  void introduced(Introduction said) {
    introduction = said;
  }

  /**
   * It is given up, before anybody is told: whoever looks after being told finds it so, and whoever
   * has looked before is told later.
   */
  void giveUp() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** Everybody has been told of the end. */
  void markEnded() {
    ended.countDown();
  }

  /**
   * Waits for the end.
   *
   * @return whether the coordinator has read everything and ended the stream itself
   */
  boolean awaitEnd(long nanos) throws InterruptedException {
    return ended.await(nanos, TimeUnit.NANOSECONDS) && completed;
  }

  /** Whether the coordinator ended the stream, and it did not break. */
  boolean completed() {
    return completed;
  }

  /** How long the coordinator has said nothing. */
  long silentNanos() {
    return clock.getAsLong() - heardNanos;
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
