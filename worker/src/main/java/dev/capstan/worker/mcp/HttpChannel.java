package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.HttpPeer;
import dev.capstan.worker.rpc.EventStream;
import dev.capstan.worker.rpc.Rpc;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server behind the Streamable HTTP transport: each message is a POST, and a response comes in
 * its answer, alone or among events.
 */
final class HttpChannel implements Channel {

  private static final Logger LOG = LoggerFactory.getLogger(HttpChannel.class);

  private static final String SESSION = "mcp-session-id";

  private final HttpPeer peer;
  private final int limit;
  private final String idempotencyKey;
  private volatile @Nullable String session;
  private volatile @Nullable String version;

  /** Set while a request that may be called off is with the server. */
  private volatile int pending;

  /**
   * A channel that takes messages of so many bytes at most.
   *
   * @param idempotencyKey told with the requests of the agreed protocol; may be empty
   */
  HttpChannel(HttpPeer peer, int limit, String idempotencyKey) {
    this.peer = peer;
    this.limit = limit;
    this.idempotencyKey = idempotencyKey;
  }

  @Override
  public JsonNode ask(ObjectNode request, int id) throws InterruptedException {
    Map<String, String> headers = headers();
    if (version != null) {
      // The protocol allows to call off any request but the first.
      pending = id;
      if (!idempotencyKey.isEmpty()) {
        headers.put("idempotency-key", idempotencyKey);
      }
    }
    try (HttpPeer.Reply reply = peer.send("POST", headers, Json.write(request))) {
      keepSession(reply.header(SESSION));
      JsonNode response = response(reply, new Inbox(id, this::answer));
      pending = 0;
      return response;
    }
  }

  private JsonNode response(HttpPeer.Reply reply, Inbox inbox) throws InterruptedException {
    JsonNode response =
        switch (reply.contentType()) {
          case "application/json" -> inbox.take(read(reply, reply.content(limit)));
          case "text/event-stream" -> fromEvents(reply, inbox);
          default ->
              throw reply.unusable(
                  "the content type is '"
                      + reply.contentType()
                      + "', not application/json or text/event-stream.");
        };
    if (response.isMissingNode()) {
      throw reply.unusable("the answer ended without the response to the request.");
    }
    return response;
  }

  private JsonNode fromEvents(HttpPeer.Reply reply, Inbox inbox) throws InterruptedException {
    try {
      EventStream events = new EventStream(reply.body(), limit);
      for (byte[] data = events.next(); data != null; data = events.next()) {
        JsonNode response = inbox.take(read(reply, data));
        if (!response.isMissingNode()) {
          return response;
        }
      }
      return MissingNode.getInstance();
    } catch (EventStream.TooLarge e) {
      throw reply.tooLarge(limit);
    } catch (IOException e) {
      throw reply.broken(e);
    }
  }

  private static JsonNode read(HttpPeer.Reply reply, byte[] content) {
    try {
      return Json.read(content);
    } catch (IOException e) {
      throw reply.unusable("the content is not JSON.");
    }
  }

  /** A server whose question can't be answered still owes us its response. */
  private void answer(ObjectNode message) throws InterruptedException {
    try {
      tell(message);
    } catch (TaskFault e) {
      LOG.debug("A question of an MCP server could not be answered: {}", e.fault().title());
    }
  }

  @Override
  public void tell(ObjectNode message) throws InterruptedException {
    peer.send("POST", headers(), Json.write(message)).close();
  }

  private void keepSession(String id) {
    if (!id.isEmpty()) {
      peer.keepSecret(id);
      session = id;
    }
  }

  @Override
  public void agreed(String protocolVersion) {
    version = protocolVersion;
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new TreeMap<>();
    headers.put("accept", "application/json, text/event-stream");
    headers.put("content-type", "application/json");
    String id = session;
    if (id != null) {
      headers.put(SESSION, id);
    }
    String agreed = version;
    if (agreed != null) {
      headers.put("mcp-protocol-version", agreed);
    }
    return headers;
  }

  @Override
  public String redact(String text) {
    return peer.redact(text);
  }

  @Override
  public void close() {
    if (session != null) {
      Map<String, String> headers = headers();
      headers.remove("content-type");
      var _ = peer.offer("DELETE", headers, null);
    }
  }

  @Override
  public void abort() {
    int id = pending;
    if (id == 0) {
      close();
      return;
    }
    ObjectNode parameters = Json.object().put("requestId", id);
    ObjectNode cancelled = Rpc.notification("notifications/cancelled", parameters);
    CompletableFuture<Void> told = peer.offer("POST", headers(), Json.write(cancelled));
    var _ = told.whenComplete((_, _) -> close());
  }
}
