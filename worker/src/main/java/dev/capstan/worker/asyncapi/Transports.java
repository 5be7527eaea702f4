package dev.capstan.worker.asyncapi;

import dev.capstan.worker.asyncapi.amqp.AmqpTransport;
import dev.capstan.worker.asyncapi.kafka.KafkaTransport;
import dev.capstan.worker.asyncapi.mqtt.MqttTransport;
import dev.capstan.worker.asyncapi.web.HttpTransport;
import dev.capstan.worker.asyncapi.web.WebSocketTransport;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The protocols that messages can go by. */
final class Transports {
  private final List<Transport> all;

  Transports(List<Transport> all) {
    this.all = List.copyOf(all);
  }

  /**
   * Every transport that there is.
   *
   * @param messageBytes most that one message has
   */
  static Transports all(dev.capstan.worker.http.Transport web, int messageBytes) {
    return new Transports(
        List.of(
            new HttpTransport(web, messageBytes),
            new WebSocketTransport(messageBytes),
            new MqttTransport(),
            new KafkaTransport(),
            new AmqpTransport()));
  }

  /** The one for a protocol as documents name it; null when there is none. */
  @Nullable Transport of(String protocol) {
    for (Transport transport : all) {
      if (transport.protocols().contains(protocol)) {
        return transport;
      }
    }
    return null;
  }

  /** The protocols that there are transports for, sorted. */
  Set<String> protocols() {
    Set<String> protocols = new TreeSet<>();
    all.forEach(transport -> protocols.addAll(transport.protocols()));
    return protocols;
  }
}
