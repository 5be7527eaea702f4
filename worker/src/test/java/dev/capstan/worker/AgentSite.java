package dev.capstan.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.util.List;

/**
 * An agent on loopback that speaks the Agent2Agent protocol at {@code /a2a}, has its card at the
 * well-known place, and answers as the test says.
 */
final class AgentSite implements AutoCloseable {

  /** Answers the method that was called. */
  interface Method {
    void answer(HttpExchange exchange, JsonNode request) throws IOException;
  }

  private final Site site = new Site();
  private volatile Method method =
      (exchange, request) -> McpSite.json(exchange, McpSite.result(request, "{}"));
  private volatile String card;

  AgentSite() throws IOException {
    card = "{\"name\":\"echo\",\"url\":\"%s\",\"preferredTransport\":\"JSONRPC\"}".formatted(url());
    site.page("/a2a", (seen, exchange) -> method.answer(exchange, McpSite.message(seen)));
    site.page("/.well-known/agent-card.json", exchange -> McpSite.json(exchange, card));
  }

  String url() {
    return site.url("/a2a");
  }

  String cardUrl() {
    return site.url("/.well-known/agent-card.json");
  }

  Site site() {
    return site;
  }

  AgentSite withCard(String value) {
    card = value;
    return this;
  }

  void answering(Method value) {
    method = value;
  }

  /** Answers with one result. */
  void answering(String result) {
    method = (exchange, request) -> McpSite.json(exchange, McpSite.result(request, result));
  }

  /** Answers with an event for each result, and then ends. */
  void streaming(String... results) {
    method =
        (exchange, request) ->
            McpSite.events(
                exchange,
                List.of(results).stream()
                    .map(result -> McpSite.result(request, result))
                    .toArray(String[]::new));
  }

  /** The requests to the agent itself. */
  List<Site.Seen> asked() {
    return site.seen().stream().filter(seen -> seen.uri().getPath().equals("/a2a")).toList();
  }

  /** What the newest request to the agent said. */
  JsonNode said() {
    return McpSite.message(asked().getLast());
  }

  JsonNode parameters() {
    JsonNode parameters = said().path("params");
    return parameters.isMissingNode() ? Json.object() : parameters;
  }

  @Override
  public void close() {
    site.close();
  }
}
