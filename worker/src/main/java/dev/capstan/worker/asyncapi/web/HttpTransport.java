package dev.capstan.worker.asyncapi.web;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.http.HttpPeer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Messages over HTTP: one is sent as a request, POST unless the binding of the operation says
 * another method; many come as the answer to one request, GET unless the binding says so, as
 * server-sent events or else as lines.
 */
public final class HttpTransport implements Transport {

  private final dev.capstan.worker.http.Transport web;
  private final int messageBytes;

  /**
   * @param messageBytes most that one message has
   */
  public HttpTransport(dev.capstan.worker.http.Transport web, int messageBytes) {
    this.web = web;
    this.messageBytes = messageBytes;
  }

  @Override
  public Set<String> protocols() {
    return Set.of("http", "https");
  }

  @Override
  public void publish(Endpoint endpoint, WireMessage message, Duration limit)
      throws IOException, InterruptedException {
    ObjectNode headers = Json.object();
    message.headers().forEach(headers::put);
    HttpPeer peer = HttpPeer.of(web, Places.described(endpoint), headers);
    Map<String, String> own = new TreeMap<>();
    boolean typed = message.headers().keySet().stream().anyMatch("content-type"::equalsIgnoreCase);
    if (message.contentType() != null && !typed) {
      own.put("content-type", message.contentType());
    }
    bounded(
            () -> peer.send(Places.method(endpoint, "POST"), own, message.payload()),
            limit,
            "The server has not answered")
        .close();
  }

  @Override
  public Subscription subscribe(Endpoint endpoint, Duration limit)
      throws IOException, InterruptedException {
    HttpPeer peer = HttpPeer.of(web, Places.described(endpoint), Json.object());
    Map<String, String> accept =
        Map.of(
            "accept", "text/event-stream, application/x-ndjson, application/json;q=0.9, */*;q=0.5");
    HttpPeer.Reply reply =
        bounded(
            () -> peer.send(Places.method(endpoint, "GET"), accept, null),
            limit,
            "The server has not answered");
    return HttpSubscription.of(reply, messageBytes);
  }

  private static HttpPeer.Reply bounded(
      Callable<HttpPeer.Reply> asking, Duration limit, String doing)
      throws IOException, InterruptedException {
    FutureTask<HttpPeer.Reply> asked = new FutureTask<>(asking);
    Thread thread = Thread.ofVirtual().name("capstan-http-message").start(asked);
    boolean over = false;
    try {
      HttpPeer.Reply reply = asked.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      over = true;
      return reply;
    } catch (ExecutionException e) {
      over = true;
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new SocketTimeoutException(doing + " within " + limit + ".");
    } finally {
      if (!over) {
        thread.interrupt();
      }
    }
  }
}
