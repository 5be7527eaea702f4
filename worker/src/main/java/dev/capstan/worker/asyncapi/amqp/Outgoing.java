package dev.capstan.worker.asyncapi.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import dev.capstan.worker.asyncapi.Binding;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A message as it is sent, by the bindings of the operation and the message.
 *
 * @param mandatory whether one that no queue gets is an error
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Outgoing(
    AmqpRoute route, String key, boolean mandatory, AMQP.BasicProperties properties, byte[] body) {

  private static final int PERSISTENT = 2;

  static Outgoing of(Endpoint endpoint, AmqpRoute route, WireMessage message) {
    Binding operation = Binding.of("operation", endpoint.operationBinding());
    // A queue that is named, and not there, would else swallow what is sent to it.
    boolean mandatory = operation.flag("mandatory", route.exchange().isEmpty());
    return new Outgoing(
        route,
        route.key(),
        mandatory,
        properties(operation, Binding.of("message", endpoint.messageBinding()), message),
        message.payload());
  }

  private static AMQP.BasicProperties properties(
      Binding operation, Binding described, WireMessage message) {
    AMQP.BasicProperties.Builder properties =
        new AMQP.BasicProperties.Builder()
            .contentType(message.contentType())
            .correlationId(message.correlationId())
            .headers(headers(operation, message))
            .deliveryMode((int) operation.number("deliveryMode", 1, 2).orElse(PERSISTENT))
            .replyTo(operation.text("replyTo"))
            .userId(operation.text("userId"))
            .contentEncoding(described.text("contentEncoding"))
            .type(described.text("messageType"));
    operation.number("priority", 0, 255).ifPresent(value -> properties.priority((int) value));
    operation
        .number("expiration", 0, Integer.MAX_VALUE)
        .ifPresent(millis -> properties.expiration(Long.toString(millis)));
    if (operation.flag("timestamp", false)) {
      properties.timestamp(Date.from(Instant.now()));
    }
    return properties.build();
  }

  /** More keys to route by are headers, which brokers know by these names. */
  private static Map<String, Object> headers(Binding operation, WireMessage message) {
    Map<String, Object> headers = new HashMap<>(message.headers());
    List<String> copies = operation.texts("cc");
    if (!copies.isEmpty()) {
      headers.put("CC", copies);
    }
    List<String> blind = operation.texts("bcc");
    if (!blind.isEmpty()) {
      headers.put("BCC", blind);
    }
    return headers;
  }

  /** Sends it, and waits until the broker has taken it over. */
  void send(AmqpConnection connection, Deadline deadline)
      throws IOException, InterruptedException, TimeoutException {
    route.prepareSending(connection);
    Channel channel = connection.channel();
    AtomicReference<String> returned = new AtomicReference<>();
    channel.addReturnListener(back -> returned.set(back.getReplyText()));
    var _ = channel.confirmSelect();
    channel.basicPublish(route.exchange(), key, mandatory, properties, body);
    boolean taken = channel.waitForConfirms(deadline.millis());
    if (returned.get() != null) {
      throw new IOException(
          connection.told("has no queue for the routing key '" + key + "': " + returned.get()));
    }
    if (!taken) {
      throw new IOException(
          connection.told("did not take the message for the routing key '" + key + "'."));
    }
  }
}
