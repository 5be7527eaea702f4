package dev.capstan.worker.asyncapi.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5SimpleAuth;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5ConnectBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5ConnectRestrictions;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5ConnectRestrictionsBuilder;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5WillPublish;
import dev.capstan.worker.asyncapi.Address;
import dev.capstan.worker.asyncapi.Binding;
import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Credentials;
import dev.capstan.worker.asyncapi.Endpoint;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a connection says of itself, by the bindings of AsyncAPI for MQTT.
 *
 * @param clientId the broker knows sessions by it
 * @param persistent whether the broker keeps the session, and with it what is not acknowledged,
 *     when the connection ends
 * @param qos how sure it is that a message arrives
 */
record MqttSettings(
    Address address,
    boolean tls,
    String clientId,
    boolean persistent,
    MqttQos qos,
    Binding server,
    @Nullable Credentials credentials) {

  private static final int PORT = 1883;
  private static final int TLS_PORT = 8883;

  /** A connection that has died is told after one and a half times as much. */
  private static final int KEEP_ALIVE_SECONDS = 30;

  /** How many messages may be on their way to us. */
  private static final int AHEAD = 16;

  private static final long LARGEST_PACKET = 268_435_460;
  private static final long DAY_SECONDS = 24 * 60 * 60L;
  private static final long FOUR_BYTES = 0xFFFF_FFFFL;

  /** A client of its own: under the name of the subscriber it would drive that one out. */
  static MqttSettings ofPublisher(Endpoint endpoint) {
    Binding server = Binding.of("server", endpoint.serverBinding());
    String id = clientId(server);
    String suffix = UUID.randomUUID().toString().substring(0, 8);
    return of(endpoint, server, (id == null ? "capstan" : id) + "-" + suffix, false);
  }

  /** A client under the name that the document gives it, so that its session is found again. */
  static MqttSettings ofSubscriber(Endpoint endpoint) {
    Binding server = Binding.of("server", endpoint.serverBinding());
    String id = clientId(server);
    boolean clean = server.flag("cleanSession", id == null);
    if (id == null && !clean) {
      throw server.wrong("cleanSession", "can't be false without a 'clientId'");
    }
    if (clean && server.has("sessionExpiryInterval")) {
      throw server.wrong(
          "sessionExpiryInterval", "needs a 'clientId', and a 'cleanSession' that is not true");
    }
    return of(endpoint, server, id == null ? "capstan-" + UUID.randomUUID() : id, !clean);
  }

  private static MqttSettings of(
      Endpoint endpoint, Binding server, String clientId, boolean persistent) {
    boolean tls =
        switch (endpoint.protocol()) {
          case "mqtts", "secure-mqtt" -> true;
          default -> "mqtts".equals(endpoint.server().getScheme());
        };
    return new MqttSettings(
        Address.of(endpoint.server(), tls ? TLS_PORT : PORT),
        tls,
        clientId,
        persistent,
        qos(Binding.of("operation", endpoint.operationBinding())),
        server,
        endpoint.credentials());
  }

  private static @Nullable String clientId(Binding server) {
    String id = server.text("clientId");
    if (id != null && id.isEmpty()) {
      throw server.wrong("clientId", "must not be empty");
    }
    return id;
  }

  /** At least once, where the document does not say. */
  static MqttQos qos(Binding operation) {
    MqttQos qos = MqttQos.fromCode((int) operation.number("qos", 0, 2).orElse(1));
    return qos == null ? MqttQos.AT_LEAST_ONCE : qos;
  }

  /** The first thing that is said to a broker. */
  Mqtt5Connect connect() {
    Mqtt5ConnectBuilder connect =
        Mqtt5Connect.builder()
            .cleanStart(!persistent)
            .sessionExpiryInterval(
                persistent
                    ? server.number("sessionExpiryInterval", 0, FOUR_BYTES).orElse(DAY_SECONDS)
                    : 0)
            .keepAlive((int) server.number("keepAlive", 0, 65_535).orElse(KEEP_ALIVE_SECONDS))
            .restrictions(restrictions())
            .simpleAuth(auth());
    if (server.has("lastWill")) {
      return connect.willPublish(will(server.object("lastWill"))).build();
    }
    return connect.build();
  }

  private Mqtt5ConnectRestrictions restrictions() {
    Mqtt5ConnectRestrictionsBuilder restrictions =
        Mqtt5ConnectRestrictions.builder().receiveMaximum(AHEAD);
    OptionalLong bytes = server.number("maximumPacketSize", 1, LARGEST_PACKET);
    return bytes.isEmpty()
        ? restrictions.build()
        : restrictions.maximumPacketSize((int) bytes.getAsLong()).build();
  }

  private @Nullable Mqtt5SimpleAuth auth() {
    return switch (credentials) {
      case null -> null;
      case Credentials.Basic(String username, String password) ->
          Mqtt5SimpleAuth.builder().username(username).password(Bytes.of(password)).build();
      case Credentials.Bearer(String token) ->
          Mqtt5SimpleAuth.builder().password(Bytes.of(token)).build();
    };
  }

  private static Mqtt5WillPublish will(Binding will) {
    String topic = will.text("topic");
    if (topic == null) {
      throw will.wrong("topic", "is required");
    }
    String message = will.text("message");
    return Mqtt5WillPublish.builder()
        .topic(topic)
        .payload(Bytes.of(message == null ? "" : message))
        .qos(qos(will))
        .retain(will.flag("retain", false))
        .build();
  }
}
