package dev.capstan.verify.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.asyncapi.amqp.AmqpBrokers;
import dev.capstan.worker.asyncapi.kafka.KafkaBrokers;
import dev.capstan.worker.asyncapi.mqtt.MqttBrokers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code call: asyncapi} as a task of a workflow with a real broker: from the bindings of a
 * document to the commit of what was consumed, after which alone the broker hears of it.
 */
class BrokersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A protocol, with what a document says so that its broker keeps messages for a subscriber. */
  enum Protocol {
    KAFKA("", "{}", "{}", "{ kafka: { groupId: { type: string, enum: [ 'NAME' ] } } }") {
      @Override
      Broker start() throws Exception {
        return KafkaBrokers.start();
      }
    },
    MQTT("", "{ mqtt: { clientId: 'NAME' } }", "{}", "{ mqtt: { qos: 1 } }") {
      @Override
      Broker start() throws Exception {
        return MqttBrokers.start();
      }
    },
    AMQP("/default", "{}", "{ amqp: { is: queue, queue: { durable: true } } }", "{}") {
      @Override
      @Nullable Broker start() throws Exception {
        return AmqpBrokers.start();
      }
    };

    private final String path;
    private final String server;
    private final String channel;
    private final String operation;

    Protocol(String path, String server, String channel, String operation) {
      this.path = path;
      this.server = server;
      this.channel = channel;
      this.operation = operation;
    }

    /** Null where there can be none. */
    abstract @Nullable Broker start() throws Exception;

    String document(Broker broker, String name) {
      return """
      asyncapi: 3.0.0
      info: { title: Orders, version: 1.0.0 }
      servers: { main: { host: '%s', pathname: '%s', protocol: %s, bindings: %s } }
      channels: { orders: { address: 'NAME', bindings: %s } }
      operations:
        place: { action: receive, channel: { $ref: '#/channels/orders' } }
        hear: { action: send, channel: { $ref: '#/channels/orders' }, bindings: %s }
      """
          .formatted(
              broker.address(), path, name().toLowerCase(Locale.ROOT), server, channel, operation)
          .replace("NAME", name);
    }
  }

  @TempDir static Path folder;
  private static final Map<Protocol, Broker> BROKERS = new EnumMap<>(Protocol.class);
  private static Engine engine;

  private final String name = "orders-" + UUID.randomUUID();

  @BeforeAll
  static void startEngine() {
    engine = Engine.start(folder);
  }

  @AfterAll
  static void stopAll() throws Exception {
    engine.close();
    for (Broker broker : BROKERS.values()) {
      broker.close();
    }
  }

  private static Broker broker(Protocol protocol) throws Exception {
    Broker known = BROKERS.get(protocol);
    if (known != null) {
      return known;
    }
    Broker started = protocol.start();
    assumeTrue(started != null, "no Java that the broker runs on");
    if (started == null) {
      throw new IllegalStateException();
    }
    BROKERS.put(protocol, started);
    return started;
  }

  private Path document(Protocol protocol, Broker broker) throws IOException {
    return Files.writeString(folder.resolve(name + ".yaml"), protocol.document(broker, name));
  }

  private static String task(Path document, String operation, String more) {
    return """
    document: { dsl: '1.0.3', namespace: test, name: orders, version: 1.0.0 }
    do:
      - order:
          call: asyncapi
          with:
            document: { endpoint: '%s' }
            operation: %s
            authentication: { basic: { username: %s, password: '%s' } }
            %s
    """
        .formatted(document.toUri(), operation, Broker.USER, Broker.PASSWORD, more);
  }

  private static String begin(String definition) {
    return engine.begin(definition, JsonNodeFactory.instance.objectNode()).id();
  }

  private void send(Broker broker, int number) throws Exception {
    byte[] payload = "{\"n\":%d}".formatted(number).getBytes(StandardCharsets.UTF_8);
    broker.send(name, new WireMessage(payload, Map.of(), null, null));
  }

  private static List<Integer> consumed(String id) {
    return engine.outputs(id, "message.consumed").stream()
        .map(message -> message.at("/payload/n").asInt())
        .toList();
  }

  private static JsonNode output(String id) {
    ExecutionView ended = engine.end(id);
    assertThat(ended.status()).as("error: %s", ended.error()).isEqualTo(Status.COMPLETED);
    return Engine.normalized(ended.output());
  }

  @ParameterizedTest
  @EnumSource
  void aTaskPublishes(Protocol protocol) throws Exception {
    Broker broker = broker(protocol);
    String definition =
        task(
            document(protocol, broker),
            "place",
            "message: { payload: { n: '${ 6 * 7 }' }, headers: { order: o-1 } }");
    try (Broker.Receiving receiving = broker.receive(name)) {
      assertThat(output(begin(definition)))
          .isEqualTo(Engine.yaml("{ payload: { n: 42 }, headers: { order: o-1 } }"));

      WireMessage message = receiving.next();
      assertThat(new String(message.payload(), StandardCharsets.UTF_8)).isEqualTo("{\"n\":42}");
      assertThat(message.headers()).containsEntry("order", "o-1");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsCommittedDoesNotComeAgainAndWhatIsNotDoes(Protocol protocol) throws Exception {
    Broker broker = broker(protocol);
    Path document = document(protocol, broker);
    String many =
        task(
            document,
            "hear",
            "subscription: { filter: '${ .payload.n > 0 }', consume: { amount: 9 } }");
    String two =
        task(
            document,
            "hear",
            "subscription: { filter: '${ .payload.n > 0 }', consume: { until: '${ length == 2 }' },"
                + " foreach: { item: message, do: [ { double: { set: { n: '${ $message.payload.n * 2 }' } } } ] } }");
    makeKnown(broker, document);

    String first = begin(many);
    send(broker, 1);
    send(broker, 2);
    Awaitility.await().atMost(PATIENCE).until(() -> consumed(first).equals(List.of(1, 2)));
    Awaitility.await().atMost(PATIENCE).until(() -> broker.unacknowledged(name) == 0);
    engine.gateway().suspend(Principal.LOCAL, first, null).join();
    send(broker, 3);
    engine.gateway().cancel(Principal.LOCAL, first, null).join();
    assertThat(engine.end(first).status()).isEqualTo(Status.CANCELLED);
    assertThat(consumed(first)).containsExactly(1, 2);
    awaitNobody(broker);

    String second = begin(two);
    send(broker, 4);

    assertThat(output(second)).isEqualTo(Engine.yaml("[ { n: 6 }, { n: 8 } ]"));
    assertThat(consumed(second)).containsExactly(3, 4);
    Awaitility.await().atMost(PATIENCE).until(() -> broker.unacknowledged(name) == 0);
  }

  /** What the broker has kept comes at once, so that the time is for the connection alone. */
  @Test
  void aSubscriptionForATimeEndsWithWhatHasCome() throws Exception {
    Broker broker = broker(Protocol.MQTT);
    Path document = document(Protocol.MQTT, broker);
    makeKnown(broker, document);
    send(broker, 1);
    send(broker, 2);

    String id =
        begin(
            task(
                document,
                "hear",
                "subscription: { filter: '${ .payload.n > 0 }', consume: { for: { seconds: 10 }, amount: 9 } }"));

    assertThat(output(id)).hasSize(2);
    assertThat(consumed(id)).containsExactly(1, 2);
  }

  /** Whoever has had a message under a name has been there, and the broker keeps the next ones. */
  private void makeKnown(Broker broker, Path document) {
    String knocking = begin(task(document, "hear", "subscription: { consume: { amount: 1 } }"));
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> {
          send(broker, 0);
          return !consumed(knocking).isEmpty();
        });
    assertThat(output(knocking)).hasSize(1);
    awaitNobody(broker);
  }

  /** What a subscriber that goes had in hand it has given back then, in its place. */
  private static void awaitNobody(Broker broker) {
    Awaitility.await().atMost(PATIENCE).until(() -> broker.connections() == 0);
  }
}
