package dev.capstan.worker.asyncapi.web;

import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.net.http.WebSocket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The messages of an open WebSocket. */
final class WebSocketSubscription implements Subscription {

  private final WebSocket socket;
  private final Frames frames;

  WebSocketSubscription(WebSocket socket, Frames frames) {
    this.socket = socket;
    this.frames = frames;
  }

  @Override
  public @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException {
    WireMessage next = frames.arrivals().next(limit);
    frames.resume(socket);
    return next;
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
