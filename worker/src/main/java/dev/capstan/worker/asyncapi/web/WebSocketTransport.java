package dev.capstan.worker.asyncapi.web;

import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.http.MediaType;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Messages over WebSockets (RFC 6455): each is one of the protocol's. They have no headers, so
 * those of a message that is sent go with the request that opens the connection.
 */
public final class WebSocketTransport implements Transport {

  /** Of silence, after which a server is asked whether it is there. */
  private static final Duration ASK_AFTER = Duration.ofSeconds(20);

  private final int messageBytes;
  private final Duration askAfter;
  private @Nullable HttpClient client;

  /**
   * @param messageBytes most that one message has
   */
  public WebSocketTransport(int messageBytes) {
    this(messageBytes, ASK_AFTER);
  }

  WebSocketTransport(int messageBytes, Duration askAfter) {
    this.messageBytes = messageBytes;
    this.askAfter = askAfter;
  }

  private synchronized HttpClient client() {
    if (client == null) {
      client =
          HttpClient.newBuilder().executor(Executors.newVirtualThreadPerTaskExecutor()).build();
    }
    return client;
  }

  @Override
  public Set<String> protocols() {
    return Set.of("ws", "wss");
  }

  @Override
  public void publish(Endpoint endpoint, WireMessage message, Duration limit)
      throws IOException, InterruptedException {
    Frames frames = new Frames(messageBytes);
    WebSocket socket = open(endpoint, message.headers(), frames, limit);
    try {
      boolean text =
          message.contentType() == null
              || MediaType.of(message.contentType()).isJson()
              || MediaType.of(message.contentType()).isText();
      await(
          text
              ? socket.sendText(new String(message.payload(), StandardCharsets.UTF_8), true)
              : socket.sendBinary(ByteBuffer.wrap(message.payload()), true),
          limit,
          "The message was not sent");
      await(socket.sendClose(WebSocket.NORMAL_CLOSURE, ""), limit, "The connection was not closed");
      // Closing is answered in order (RFC 6455, 5.5.1): then the message was read.
      frames.awaitClosed(socket, limit);
    } finally {
      socket.abort();
    }
  }

  @Override
  public Subscription subscribe(Endpoint endpoint, Duration limit)
      throws IOException, InterruptedException {
    Frames frames = new Frames(messageBytes);
    WebSocket socket = open(endpoint, Map.of(), frames, limit);
    return new WebSocketSubscription(socket, frames, askAfter);
  }

  private WebSocket open(
      Endpoint endpoint, Map<String, String> headers, Frames frames, Duration limit)
      throws IOException, InterruptedException {
    WebSocket.Builder builder = client().newWebSocketBuilder().connectTimeout(limit);
    try {
      headers.forEach(builder::header);
      String authorization = Places.authorization(endpoint.credentials());
      if (authorization != null) {
        builder.header("Authorization", authorization);
      }
      return await(
          builder.buildAsync(URI.create(Places.uri(endpoint)), frames),
          limit,
          "The connection was not opened");
    } catch (IllegalArgumentException e) {
      throw Arguments.wrong("The connection can't be asked for so: " + e.getMessage() + ".");
    }
  }

  private static <T> T await(CompletableFuture<T> future, Duration limit, String doing)
      throws IOException, InterruptedException {
    try {
      return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      future.cancel(true);
      throw new SocketTimeoutException(doing + " within " + limit + ".");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        throw new IOException(
            "the server answered with status "
                + refused.getResponse().statusCode()
                + " instead of opening a WebSocket");
      }
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw wrong;
      }
      String message = e.getCause() == null ? null : e.getCause().getMessage();
      throw new IOException(message == null ? doing : message, e);
    }
  }
}
