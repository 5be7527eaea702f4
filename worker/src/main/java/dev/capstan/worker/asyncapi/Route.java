package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.http.Percent;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an endpoint of what a document says and what the arguments ask for. */
final class Route {

  private Route() {}

  /**
   * The endpoint.
   *
   * @param credentials those of the definition; null for none
   */
  static Endpoint of(
      ApiDocument.Target target,
      Server server,
      Messages messages,
      Arguments arguments,
      @Nullable Credentials credentials) {
    String family = Protocols.family(server.protocol());
    return new Endpoint(
        server.protocol(),
        server.uri(),
        address(target, server, arguments),
        Protocols.binding(server.description(), family),
        Protocols.binding(target.channel(), family),
        Protocols.binding(target.operation(), family),
        messages.binding(family),
        credentials);
  }

  /** The address with its parameters: given, in the message, or what they are by default. */
  private static String address(ApiDocument.Target target, Server server, Arguments arguments) {
    String address = target.address();
    for (Map.Entry<String, JsonNode> parameter : target.parameters().entrySet()) {
      String name = parameter.getKey();
      String place = "{" + name + "}";
      if (address.contains(place)) {
        String value = value(name, parameter.getValue(), arguments);
        address =
            address.replace(
                place, Protocols.isOfWeb(server.protocol()) ? Percent.encode(value) : value);
      }
    }
    return address;
  }

  private static String value(String name, JsonNode parameter, Arguments arguments) {
    JsonNode given = arguments.object("server").path("variables").path(name);
    if (given.isMissingNode()) {
      JsonNode message = arguments.object("message");
      given =
          Locations.find(
              parameter.path("location").asText(""),
              message.path("headers"),
              message.path("payload"));
    }
    if (given.isMissingNode()) {
      given = parameter.path("default");
    }
    if (given.isMissingNode()) {
      given = parameter.path("schema").path("default");
    }
    if (given instanceof MissingNode || given.isNull() || given.isContainerNode()) {
      throw Arguments.wrong(
          "The parameter '"
              + name
              + "' of the channel's address has no value: it has no default, it is not in the"
              + " message, and 'server.variables' does not have it.");
    }
    return Json.text(given);
  }
}
