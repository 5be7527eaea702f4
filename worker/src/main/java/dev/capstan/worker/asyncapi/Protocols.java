package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;

/** What protocols are called. */
final class Protocols {

  /** Names of protocols over TLS, and with the version in it, by what bindings call them. */
  private static final Map<String, String> FAMILIES =
      Map.of(
          "https", "http",
          "wss", "ws",
          "mqtts", "mqtt",
          "secure-mqtt", "mqtt",
          "amqps", "amqp",
          "kafka-secure", "kafka",
          "stomps", "stomp",
          "rediss", "redis");

  private Protocols() {}

  /** The protocol without TLS, which bindings are named by. */
  static String family(String protocol) {
    String lower = protocol.toLowerCase(Locale.ROOT);
    return FAMILIES.getOrDefault(lower, lower);
  }

  /**
   * Whether a server that speaks {@code spoken} is meant by {@code wanted}: with TLS or without.
   *
   * @param version that the server speaks; may be empty
   */
  static boolean matches(String wanted, String spoken, String version) {
    String family = family(spoken);
    return family.equals(family(wanted))
        || (wanted.equals("mqtt5") && family.equals("mqtt") && version.startsWith("5"))
        || (wanted.equals("amqp1") && family.equals("amqp") && version.startsWith("1"));
  }

  /** What a part of a document says of a protocol; missing when it says nothing. */
  static JsonNode binding(JsonNode part, String family) {
    JsonNode bindings = part.path("bindings");
    return family.equals("mqtt5") && !bindings.has(family)
        ? bindings.path("mqtt")
        : bindings.path(family);
  }

  /** Whether its addresses are parts of URIs. */
  static boolean isOfWeb(String protocol) {
    String family = family(protocol);
    return family.equals("http") || family.equals("ws");
  }
}
