package dev.capstan.worker.asyncapi.web;

import dev.capstan.worker.asyncapi.WireMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Puts the messages of a WebSocket together. Reads on as long as there is room, so that questions
 * of the server whether somebody is there are answered meanwhile.
 */
final class Frames implements WebSocket.Listener {

  private static final int MOST_WAITING = 64;

  /** What stands for a close without a code (RFC 6455, 7.1.5). */
  private static final int NO_CODE = 1005;

  private final Arrivals arrivals = new Arrivals(MOST_WAITING);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final int messageBytes;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private boolean paused;
  private volatile long heardAt = System.nanoTime();
  private volatile @Nullable String refusal;

  Frames(int messageBytes) {
    this.messageBytes = messageBytes;
  }

  Arrivals arrivals() {
    return arrivals;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    take(socket, data.toString().getBytes(StandardCharsets.UTF_8), last);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    take(socket, bytes, last);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer data) {
    return heard(socket);
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
    return heard(socket);
  }

  private @Nullable CompletionStage<?> heard(WebSocket socket) {
    heardAt = System.nanoTime();
    socket.request(1);
    return null;
  }

  /** How long the server has said nothing, although it was listened to. */
  Duration silence() {
    return Duration.ofNanos(System.nanoTime() - heardAt);
  }

  private synchronized void take(WebSocket socket, byte[] part, boolean last) {
    heardAt = System.nanoTime();
    if (part.length > messageBytes - message.size()) {
      arrivals.end(
          new IOException("a message has more than the limit of " + messageBytes + " bytes"));
      socket.abort();
      return;
    }
    message.writeBytes(part);
    boolean goesOn = true;
    if (last) {
      goesOn = arrivals.add(new WireMessage(message.toByteArray(), Map.of(), null, null));
      message.reset();
    }
    if (goesOn) {
      socket.request(1);
    } else {
      paused = true;
    }
  }

  /** Reads on if it had stopped for want of room. */
  synchronized void resume(WebSocket socket) {
    if (paused && arrivals.hasRoom()) {
      paused = false;
      heardAt = System.nanoTime();
      socket.request(1);
    }
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    String told =
        "the server closed the connection (" + code + (reason.isEmpty() ? "" : ", " + reason) + ")";
    arrivals.end(new IOException(told));
    refusal = code == WebSocket.NORMAL_CLOSURE || code == NO_CODE ? null : told;
    closed.countDown();
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    String told = error.getMessage() == null ? "the connection broke" : error.getMessage();
    arrivals.end(new IOException(told));
    if (closed.getCount() > 0) {
      refusal = told;
    }
    closed.countDown();
  }

  /**
   * Waits for the server's word that it closes, too; not for longer than {@code limit}.
   *
   * @throws IOException if it does not say so in time, gives a reason other than that all is done,
   *     or the connection breaks before it
   */
  void awaitClosed(WebSocket socket, Duration limit) throws IOException, InterruptedException {
    resume(socket);
    if (!closed.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new SocketTimeoutException(
          "The server did not close the connection within " + limit + ".");
    }
    String told = refusal;
    if (told != null) {
      throw new IOException(told);
    }
  }
}
