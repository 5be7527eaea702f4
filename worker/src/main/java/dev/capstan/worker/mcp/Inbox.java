package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.rpc.Rpc;
import java.util.List;

/** Finds the response to one request among what a server says. */
final class Inbox {

  /** Tells the server something. */
  interface Voice {
    void tell(ObjectNode message) throws InterruptedException;
  }

  private final int id;
  private final Voice voice;

  Inbox(int id, Voice voice) {
    this.id = id;
    this.voice = voice;
  }

  /**
   * Takes a message, or several in an array, and replies to what the server asks.
   *
   * @return the response; missing when it is not there
   */
  JsonNode take(JsonNode arrived) throws InterruptedException {
    JsonNode found = MissingNode.getInstance();
    for (JsonNode message : arrived.isArray() ? arrived : List.of(arrived)) {
      if (Rpc.isResponse(message, id)) {
        found = message;
      }
      ObjectNode reply = Rpc.reply(message);
      if (reply != null) {
        voice.tell(reply);
      }
    }
    return found;
  }
}
