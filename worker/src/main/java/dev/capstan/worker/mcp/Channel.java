package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The way to a server. One thread asks and tells; any other may {@link #abort} meanwhile.
 * Everything that goes wrong is a {@link dev.capstan.worker.executor.TaskFault}.
 */
interface Channel {

  /** Sends a request and waits for the response with its id, whatever else the server says. */
  JsonNode ask(ObjectNode request, int id) throws InterruptedException;

  /** Sends what needs no response. */
  void tell(ObjectNode message) throws InterruptedException;

  /** The version of the protocol that was agreed on. */
  default void agreed(String protocolVersion) {}

  /** What makes the thread that may ask and tell. */
  default Thread.Builder threads() {
    return Thread.ofVirtual();
  }

  /** The text without secrets. */
  default String redact(String text) {
    return text;
  }

  /** Ends the conversation; nothing is awaited any more. */
  void close();

  /** Ends the conversation while the server may still be at work for it. */
  void abort();
}
