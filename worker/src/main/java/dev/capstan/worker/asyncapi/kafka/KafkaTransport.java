package dev.capstan.worker.asyncapi.kafka;

import dev.capstan.worker.asyncapi.Binding;
import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Messages by way of Kafka. Content type and correlation id are headers, named {@code content-type}
 * and {@code correlation-id}. Each message that is sent has a connection of its own.
 */
public final class KafkaTransport implements Transport {

  static final String CONTENT_TYPE = "content-type";
  static final String CORRELATION_ID = "correlation-id";

  /**
   * Held so that its level is not forgotten: the library tells all its settings for every client,
   * and every try to reach a broker; what matters of that is in our errors.
   */
  private static final Logger LIBRARY = Logger.getLogger("org.apache.kafka");

  /** Tells what it throws. */
  private static final Logger NETWORK = Logger.getLogger("org.apache.kafka.clients.NetworkClient");

  static {
    LIBRARY.setLevel(Level.SEVERE);
    NETWORK.setLevel(Level.OFF);
  }

  /** How long no broker may answer before a subscription is over. */
  private final Duration patience;

  /** A subscription ends when no broker has answered for half a minute. */
  public KafkaTransport() {
    this(Duration.ofSeconds(30));
  }

  KafkaTransport(Duration patience) {
    this.patience = patience;
  }

  @Override
  public Set<String> protocols() {
    return Set.of("kafka", "kafka-secure");
  }

  @Override
  public void publish(Endpoint endpoint, WireMessage message, Duration limit)
      throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(limit);
    ProducerRecord<byte[], byte[]> outgoing = outgoing(endpoint, message);
    KafkaSettings settings = KafkaSettings.of(endpoint);
    try (KafkaSender sender = new KafkaSender(settings, deadline)) {
      sender.send(outgoing, deadline);
    }
  }

  @Override
  public Subscription subscribe(Endpoint endpoint, Duration limit)
      throws IOException, InterruptedException {
    KafkaSettings settings = KafkaSettings.of(endpoint);
    rawPayload(endpoint);
    return KafkaSubscription.open(settings, topic(endpoint), patience, Deadline.after(limit));
  }

  private static ProducerRecord<byte[], byte[]> outgoing(Endpoint endpoint, WireMessage message) {
    rawPayload(endpoint);
    String key = Binding.of("message", endpoint.messageBinding()).only("key");
    ProducerRecord<byte[], byte[]> outgoing =
        new ProducerRecord<>(
            topic(endpoint), key == null ? null : Bytes.of(key), message.payload());
    message.headers().forEach((name, value) -> outgoing.headers().add(name, Bytes.of(value)));
    add(outgoing, CONTENT_TYPE, message.contentType());
    add(outgoing, CORRELATION_ID, message.correlationId());
    return outgoing;
  }

  /** A header that the message has itself is not said twice. */
  private static void add(
      ProducerRecord<byte[], byte[]> outgoing, String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    for (var header : outgoing.headers()) {
      if (header.key().toLowerCase(Locale.ROOT).equals(name)) {
        return;
      }
    }
    outgoing.headers().add(name, Bytes.of(value));
  }

  private static String topic(Endpoint endpoint) {
    String topic = Binding.of("channel", endpoint.channelBinding()).text("topic");
    return topic == null ? endpoint.address() : topic;
  }

  /** What a schema registry puts before the payload can't be written or understood without it. */
  private static void rawPayload(Endpoint endpoint) {
    Binding message = Binding.of("message", endpoint.messageBinding());
    if ("payload"
        .equals(message.choice("schemaIdLocation", "header", List.of("header", "payload")))) {
      throw message.wrong(
          "schemaIdLocation", "is 'payload', which needs a schema registry; that is not supported");
    }
  }
}
