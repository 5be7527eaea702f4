package dev.capstan.worker.a2a;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.http.HttpPeer;
import dev.capstan.worker.http.KeptDocuments;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Resources.Resource;
import dev.capstan.worker.http.Transport;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds agents, by their cards or by the addresses of their servers. Safe for concurrent use. */
final class Agents {

  private final Transport transport;
  private final KeptDocuments<AgentCard> cards;

  /**
   * @param limit of a card, in bytes
   */
  Agents(Transport transport, Resources resources, int limit) {
    this.transport = transport;
    this.cards =
        new KeptDocuments<>(
            endpoint -> {
              Resource found = resources.find(endpoint, "agentCard.endpoint", limit);
              return new KeptDocuments.Document<>(
                  AgentCard.of(found.content(), found.uri()), found.content().length);
            },
            System::nanoTime);
  }

  /**
   * The agent of a call: the one with the card where there is one, else the server.
   *
   * @throws dev.capstan.worker.executor.TaskFault when the card can't be had or used
   */
  HttpPeer find(Arguments arguments) throws InterruptedException {
    JsonNode card = arguments.object("agentCard").path("endpoint");
    if (!card.isMissingNode()) {
      return peer(address(card, cards.get(card).uri()));
    }
    JsonNode server = arguments.get("server");
    if (server.isMissingNode()) {
      throw Arguments.wrong("'agentCard' or 'server' is required.");
    }
    return peer(server);
  }

  private HttpPeer peer(JsonNode endpoint) {
    return HttpPeer.of(transport, endpoint, MissingNode.getInstance());
  }

  /**
   * The agent's address with the authentication of its card. Credentials stay with the origin they
   * were written for: a card must not have them sent elsewhere. Whoever put a card on this node
   * could have written the address himself.
   */
  private static JsonNode address(JsonNode card, URI agent) {
    ObjectNode address = Json.object().put("uri", agent.toString());
    URI from = uri(card);
    JsonNode policy = card.path("authentication");
    boolean mayKnow =
        from != null && (scheme(from).equals("file") || origin(from).equals(origin(agent)));
    if (mayKnow && !policy.isMissingNode()) {
      address.set("authentication", policy);
    }
    return address;
  }

  private static @Nullable URI uri(JsonNode endpoint) {
    JsonNode uri = endpoint.isObject() ? endpoint.path("uri") : endpoint;
    try {
      return URI.create(uri.asText().strip());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String scheme(URI uri) {
    return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
  }

  private static String origin(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme(uri).equals("https") ? 443 : 80;
    return scheme(uri) + "://" + host + ":" + port;
  }
}
