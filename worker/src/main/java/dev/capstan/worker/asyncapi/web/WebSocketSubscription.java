package dev.capstan.worker.asyncapi.web;

import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The messages of an open WebSocket. A server that is gone without having closed the connection,
 * such as one whose machine has lost its power, is found out by asking it (RFC 6455, 5.5.2).
 */
final class WebSocketSubscription implements Subscription {

  /** After so many questions' time without a word from the server, it is gone. */
  private static final int GONE_AFTER = 3;

  private final WebSocket socket;
  private final Frames frames;
  private final Duration askAfter;
  private CompletableFuture<?> asked = CompletableFuture.completedFuture(null);
  private long askedAt;

  /**
   * @param askAfter of silence
   */
  WebSocketSubscription(WebSocket socket, Frames frames, Duration askAfter) {
    this.socket = socket;
    this.frames = frames;
    this.askAfter = askAfter;
    this.askedAt = System.nanoTime();
  }

  @Override
  public @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException {
    WireMessage next = frames.arrivals().next(limit);
    frames.resume(socket);
    if (next == null) {
      lookAfter();
    }
    return next;
  }

  private void lookAfter() throws IOException {
    Duration silence = frames.silence();
    if (silence.compareTo(askAfter.multipliedBy(GONE_AFTER)) > 0) {
      throw new IOException("the server has said nothing for " + silence.toMillis() + " ms");
    }
    long now = System.nanoTime();
    if (silence.compareTo(askAfter) > 0 && now - askedAt > askAfter.toNanos() && asked.isDone()) {
      askedAt = now;
      asked = socket.sendPing(ByteBuffer.allocate(0));
    }
  }

  /** Servers are not told. */
  @Override
  public void acknowledge() {}

  @Override
  public void close() {
    frames.arrivals().close();
    var _ = socket.sendClose(WebSocket.NORMAL_CLOSURE, "").whenComplete((_, _) -> socket.abort());
  }
}
