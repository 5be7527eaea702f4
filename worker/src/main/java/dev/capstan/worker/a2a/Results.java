package dev.capstan.worker.a2a;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.http.HttpPeer;
import dev.capstan.worker.rpc.EventStream;
import dev.capstan.worker.rpc.Rpc;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the results of one call out of an answer: one of JSON, or one in each event. */
final class Results {

  private static final String PROTOCOL = "A2A";

  /** What an event costs besides its data, so that the number of empty ones is bounded. */
  private static final int EVENT_BYTES = 64;

  private final A2aCall call;
  private final int limit;

  /** Of so many bytes at most, all together. */
  Results(A2aCall call, int limit) {
    this.call = call;
    this.limit = limit;
  }

  /**
   * The output of the call.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code runtime} when the agent answers
   *     with an error, {@code communication} when it does not answer to the end
   */
  JsonNode of(HttpPeer.Reply reply) {
    ArrayNode results = Json.object().arrayNode();
    switch (reply.contentType()) {
      case "application/json" -> results.add(result(reply, reply.content(limit)));
      case "text/event-stream" -> collect(reply, results);
      default ->
          throw reply.unusable(
              "the content type is '"
                  + reply.contentType()
                  + "', not application/json or text/event-stream.");
    }
    if (call.isStreaming()) {
      return results;
    }
    if (results.isEmpty()) {
      throw reply.unusable("the answer ended without the response to the request.");
    }
    return results.get(0);
  }

  private void collect(HttpPeer.Reply reply, ArrayNode results) {
    long bytes = 0;
    try {
      EventStream events = new EventStream(reply.body(), limit);
      for (byte[] data = events.next(); data != null; data = events.next()) {
        bytes += data.length + EVENT_BYTES;
        if (bytes > limit) {
          throw reply.tooLarge(limit);
        }
        JsonNode result = result(reply, data);
        results.add(result);
        if (isLast(result)) {
          return;
        }
      }
    } catch (EventStream.TooLarge e) {
      throw reply.tooLarge(limit);
    } catch (IOException e) {
      throw reply.broken(e);
    }
  }

  /** Agents say so, and some leave the connection open then. */
  private boolean isLast(JsonNode result) {
    return !call.isStreaming() || result.path("final").asBoolean(false);
  }

  private JsonNode result(HttpPeer.Reply reply, byte[] content) {
    JsonNode response = read(content);
    if (response == null) {
      throw reply.unusable("the content is not JSON.");
    }
    boolean isNobodys = response.path("id").isNull() && response.hasNonNull("error");
    if (!isNobodys && !Rpc.isResponse(response, A2aCall.ID)) {
      throw reply.unusable("the content is not the response to the request.");
    }
    return Rpc.result(response, PROTOCOL, call.method());
  }

  private static @Nullable JsonNode read(byte[] content) {
    try {
      return Json.read(content);
    } catch (IOException e) {
      return null;
    }
  }
}
