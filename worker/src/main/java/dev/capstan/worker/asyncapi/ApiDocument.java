package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.NearNames;
import dev.capstan.worker.openapi.DocumentText;
import dev.capstan.worker.openapi.References;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An AsyncAPI document of version 2 or 3. Immutable. */
final class ApiDocument {

  private final References references;
  private final boolean isThird;

  private ApiDocument(References references, boolean isThird) {
    this.references = references;
    this.isThird = isThird;
  }

  /**
   * What one call is about: a channel, and what is done there.
   *
   * @param address of the channel, with its parameters in braces; may be empty
   * @param parameters of the channel, by name
   * @param servers those that have the channel, by name
   * @param messages that may travel, resolved
   * @param contentType what holds for messages that say nothing; empty for none
   */
  record Target(
      String address,
      Map<String, JsonNode> parameters,
      Map<String, JsonNode> servers,
      JsonNode channel,
      JsonNode operation,
      List<JsonNode> messages,
      String contentType) {}

  /**
   * Reads a document in JSON or YAML.
   *
   * @param uri where it was found
   * @throws dev.capstan.worker.executor.TaskFault of type {@code configuration} when it is no
   *     document of a version that is understood
   */
  static ApiDocument of(byte[] content, URI uri) {
    JsonNode root = DocumentText.read(content, uri, "AsyncAPI");
    String version = root.path("asyncapi").asText();
    if (!version.startsWith("2.") && !version.startsWith("3.")) {
      throw Documents.fault(
          DocumentText.shown(uri)
              + (version.isEmpty()
                  ? " is not an AsyncAPI document: it has no 'asyncapi'."
                  : " is of version '" + version + "'; AsyncAPI 2 and 3 are understood."));
    }
    return new ApiDocument(new References(root, "AsyncAPI"), version.startsWith("3."));
  }

  /** What an operation is about: one of version 3, or an {@code operationId} of version 2. */
  Target operation(String name) {
    if (isThird) {
      JsonNode operation = whole(member("operations", name, "an operation"));
      JsonNode channel = references.resolve(operation.path("channel"));
      JsonNode messages =
          operation.has("messages") ? operation.path("messages") : channel.path("messages");
      return target(channel, channel.path("address").asText(""), operation, messages);
    }
    List<String> known = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root("channels").properties()) {
      JsonNode channel = references.resolve(entry.getValue());
      for (String way : List.of("publish", "subscribe")) {
        String id = channel.path(way).path("operationId").asText("");
        if (id.equals(name)) {
          return second(entry.getKey(), channel, channel.path(way));
        }
        if (!id.isEmpty()) {
          known.add(id);
        }
      }
    }
    throw unknown("an operation", name, known);
  }

  /**
   * What a channel is about.
   *
   * @param sends whether a message is to go there, or to come from there
   */
  Target channel(String name, boolean sends) {
    JsonNode channel = member("channels", name, "a channel");
    if (isThird) {
      return target(
          channel, channel.path("address").asText(""), Json.object(), channel.path("messages"));
    }
    // In this version a client publishes what the document calls publish.
    JsonNode meant = channel.path(sends ? "publish" : "subscribe");
    JsonNode other = channel.path(sends ? "subscribe" : "publish");
    return second(name, channel, meant.isMissingNode() ? other : meant);
  }

  private Target second(String address, JsonNode channel, JsonNode written) {
    JsonNode operation = whole(written);
    return target(channel, address, operation, operation.path("message"));
  }

  private Target target(JsonNode channel, String address, JsonNode operation, JsonNode messages) {
    Map<String, JsonNode> parameters = new LinkedHashMap<>();
    channel
        .path("parameters")
        .properties()
        .forEach(each -> parameters.put(each.getKey(), references.resolve(each.getValue())));
    return new Target(
        address,
        parameters,
        servers(channel.path("servers")),
        withBindings(channel),
        operation,
        messages(messages),
        references.root().path("defaultContentType").asText(""));
  }

  private Map<String, JsonNode> servers(JsonNode wanted) {
    Map<String, JsonNode> servers = new LinkedHashMap<>();
    if (wanted.isArray() && !wanted.isEmpty()) {
      for (JsonNode each : wanted) {
        String reference = each.path("$ref").asText("");
        String name =
            each.isTextual()
                ? each.textValue()
                : reference.substring(reference.lastIndexOf('/') + 1);
        servers.put(
            name,
            withBindings(
                each.isTextual() ? member("servers", name, "a server") : references.resolve(each)));
      }
      return servers;
    }
    root("servers")
        .properties()
        .forEach(
            each -> servers.put(each.getKey(), withBindings(references.resolve(each.getValue()))));
    return servers;
  }

  private List<JsonNode> messages(JsonNode written) {
    JsonNode node = references.resolve(written);
    JsonNode several = node.path("oneOf");
    List<JsonNode> messages = new ArrayList<>();
    if (several.isArray()) {
      several.forEach(each -> messages.add(whole(each)));
    } else if (isThird) {
      node.forEach(each -> messages.add(whole(each)));
    } else if (node.isObject()) {
      messages.add(whole(node));
    }
    return messages;
  }

  /** An operation or a message with what its traits say, unless it says it itself. */
  private JsonNode whole(JsonNode written) {
    JsonNode node = references.resolve(written);
    ObjectNode whole = Json.object();
    for (JsonNode trait : node.path("traits")) {
      references
          .resolve(trait)
          .properties()
          .forEach(field -> whole.set(field.getKey(), field.getValue()));
    }
    node.properties().forEach(field -> whole.set(field.getKey(), field.getValue()));
    return withBindings(whole);
  }

  private JsonNode withBindings(JsonNode node) {
    JsonNode bindings = node.path("bindings");
    JsonNode correlation = node.path("correlationId");
    if (!bindings.has("$ref") && !correlation.has("$ref")) {
      return node;
    }
    ObjectNode resolved = Json.object();
    node.properties().forEach(field -> resolved.set(field.getKey(), field.getValue()));
    if (bindings.isObject()) {
      resolved.set("bindings", references.resolve(bindings));
    }
    if (correlation.isObject()) {
      resolved.set("correlationId", references.resolve(correlation));
    }
    return resolved;
  }

  private JsonNode root(String section) {
    return references.root().path(section);
  }

  private JsonNode member(String section, String name, String what) {
    JsonNode found = root(section).path(name);
    if (found.isMissingNode()) {
      List<String> known = new ArrayList<>();
      root(section).fieldNames().forEachRemaining(known::add);
      throw unknown(what, name, known);
    }
    return references.resolve(found);
  }

  private static RuntimeException unknown(String what, String name, List<String> known) {
    List<String> near = NearNames.among(known, name);
    String has = known.isEmpty() ? "none" : NearNames.listed(known);
    return Documents.fault(
        "The document has no "
            + what.substring(what.indexOf(' ') + 1)
            + " '"
            + name
            + "'; it has "
            + has
            + "."
            + (near.isEmpty() ? "" : " Did you mean " + NearNames.listed(near) + "?"));
  }
}
