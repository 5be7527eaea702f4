package dev.capstan.worker.a2a;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.NearNames;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What an agent says of itself, as far as it tells how to reach it.
 *
 * @param uri where it takes JSON-RPC
 */
record AgentCard(URI uri) {

  private static final String JSON_RPC = "JSONRPC";

  /**
   * Reads a card.
   *
   * @param from where it was found: the place that a relative address is relative to
   * @throws TaskFault of type {@code configuration} when it names no address for JSON-RPC
   */
  static AgentCard of(byte[] content, URI from) {
    JsonNode card;
    try {
      card = Json.read(content);
    } catch (IOException e) {
      throw unusable("It is not JSON.");
    }
    String url = url(card);
    try {
      return new AgentCard(from.resolve(url));
    } catch (IllegalArgumentException e) {
      throw unusable("Its address is not a URI: " + url);
    }
  }

  /** Cards of protocol 0.3 have a preferred address and more; later ones a list with versions. */
  private static String url(JsonNode card) {
    Set<String> others = new LinkedHashSet<>();
    String preferred = card.path("preferredTransport").asText(JSON_RPC);
    if (card.path("url").isTextual()) {
      if (preferred.equals(JSON_RPC)) {
        return card.path("url").textValue();
      }
      others.add(preferred);
    }
    for (JsonNode each : card.path("additionalInterfaces")) {
      String transport = each.path("transport").asText();
      if (transport.equals(JSON_RPC) && each.path("url").isTextual()) {
        return each.path("url").textValue();
      }
      others.add(transport);
    }
    for (JsonNode each : card.path("supportedInterfaces")) {
      String binding = each.path("protocolBinding").asText();
      String version = each.path("protocolVersion").asText();
      if (binding.equals(JSON_RPC) && version.startsWith("0.") && each.path("url").isTextual()) {
        return each.path("url").textValue();
      }
      others.add(version.isEmpty() ? binding : binding + " " + version);
    }
    throw unusable(
        "It has no address where the agent takes JSON-RPC of protocol 0.3"
            + (others.isEmpty() ? "." : ", but " + NearNames.listed(others) + "."));
  }

  private static TaskFault unusable(String detail) {
    return new TaskFault(ErrorType.CONFIGURATION.fault("Unusable agent card", detail));
  }
}
