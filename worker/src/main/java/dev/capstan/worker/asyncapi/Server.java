package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.NearNames;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server of a document, chosen.
 *
 * @param protocol as the document has it, in lower case
 * @param uri with its variables filled in
 * @param description what the document says of it
 */
record Server(String protocol, URI uri, JsonNode description) {

  private static final Pattern VARIABLE = Pattern.compile("\\{([^{}]+)}");

  /**
   * The server that the arguments ask for: by name, or the first that speaks the protocol, or else
   * the first whose protocol there is a transport for.
   */
  static Server of(ApiDocument.Target target, Arguments arguments, Transports transports) {
    Map<String, JsonNode> servers = target.servers();
    JsonNode wanted = arguments.object("server");
    String name = Json.text(wanted.path("name"));
    String protocol = arguments.optionalText("protocol");
    if (!name.isEmpty()) {
      JsonNode named = servers.get(name);
      if (named == null) {
        throw Documents.fault(
            "The channel has no server '"
                + name
                + "'; it has "
                + (servers.isEmpty() ? "none" : NearNames.listed(servers.keySet()))
                + ".");
      }
      return filled(named, wanted.path("variables"));
    }
    for (JsonNode each : servers.values()) {
      String spoken = each.path("protocol").asText();
      boolean fits =
          protocol == null
              ? transports.of(spoken.toLowerCase(Locale.ROOT)) != null
              : Protocols.matches(protocol, spoken, each.path("protocolVersion").asText());
      if (fits) {
        return filled(each, wanted.path("variables"));
      }
    }
    throw Documents.fault(
        "The channel has no server that speaks "
            + (protocol == null
                ? "one of " + String.join(", ", transports.protocols())
                : "'" + protocol + "'")
            + "; its servers speak "
            + (servers.isEmpty()
                ? "nothing, as there are none"
                : NearNames.listed(
                    servers.values().stream()
                        .map(each -> each.path("protocol").asText())
                        .distinct()
                        .toList()))
            + ".");
  }

  private static Server filled(JsonNode server, JsonNode variables) {
    String protocol = server.path("protocol").asText().toLowerCase(Locale.ROOT);
    String written =
        server.has("host")
            ? server.path("host").asText() + server.path("pathname").asText("")
            : server.path("url").asText();
    Matcher matcher = VARIABLE.matcher(written);
    StringBuilder filled = new StringBuilder();
    while (matcher.find()) {
      String value = value(matcher.group(1), server.path("variables"), variables);
      matcher.appendReplacement(filled, Matcher.quoteReplacement(value));
    }
    matcher.appendTail(filled);
    String text = filled.toString();
    String whole = text.contains("://") ? text : protocol + "://" + text;
    try {
      return new Server(protocol, URI.create(whole), server);
    } catch (IllegalArgumentException e) {
      throw Documents.fault("The server is at no valid URI: '" + written + "'.");
    }
  }

  private static String value(String name, JsonNode declared, JsonNode given) {
    JsonNode declaration = declared.path(name);
    JsonNode value = given.hasNonNull(name) ? given.path(name) : declaration.path("default");
    if (value.isMissingNode() || value.isNull() || value.isContainerNode()) {
      throw Arguments.wrong(
          "'server.variables." + name + "' is required: the server has no default for it.");
    }
    String text = Json.text(value);
    JsonNode options = declaration.path("enum");
    boolean allowed = !options.isArray() || options.isEmpty();
    for (JsonNode option : options) {
      allowed |= option.asText().equals(text);
    }
    if (!allowed) {
      throw Arguments.wrong(
          "'server.variables." + name + "' is '" + text + "'; it must be one of " + options + ".");
    }
    return text;
  }
}
