package dev.capstan.worker.asyncapi.amqp;

import com.rabbitmq.client.Channel;
import dev.capstan.worker.asyncapi.Binding;
import dev.capstan.worker.asyncapi.Endpoint;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way of messages through a broker, by the channel's binding. What is not there is made when
 * the binding describes it; what is there is used as it is.
 *
 * @param exchange empty for the one that is always there and sends to queues by their names
 * @param key the routing key
 * @param queue where messages wait; null for one that lives no longer than the subscription
 */
record AmqpRoute(
    String exchange,
    String key,
    @Nullable String queue,
    @Nullable String vhost,
    Binding exchangeBinding,
    Binding queueBinding) {

  private static final List<String> TYPES =
      List.of("topic", "direct", "fanout", "default", "headers");

  static AmqpRoute of(Endpoint endpoint) {
    Binding channel = Binding.of("channel", endpoint.channelBinding());
    String kind = channel.choice("is", "routingKey", List.of("routingKey", "queue"));
    Binding exchange = channel.object("exchange");
    Binding queue = channel.object("queue");
    String exchangeName = exchangeName(exchange);
    String queueName = queue.text("name");
    String vhost = vhost(endpoint, exchange, queue);
    if (kind.equals("queue")) {
      if (!exchangeName.isEmpty()) {
        throw channel.wrong("exchange", "names an exchange, but the channel 'is' a queue");
      }
      queueName = queueName == null ? endpoint.address() : queueName;
      return new AmqpRoute("", queueName, queueName, vhost, exchange, queue);
    }
    if (exchangeName.isEmpty()) {
      if (queueName != null && !queueName.equals(endpoint.address())) {
        throw channel.wrong(
            "queue", "has another name than the channel's address, and no exchange leads to it");
      }
      return new AmqpRoute("", endpoint.address(), endpoint.address(), vhost, exchange, queue);
    }
    return new AmqpRoute(exchangeName, endpoint.address(), queueName, vhost, exchange, queue);
  }

  private static String exchangeName(Binding exchange) {
    String type = exchange.choice("type", "", TYPES);
    String name = exchange.text("name");
    if (type.equals("default") && name != null && !name.isEmpty()) {
      throw exchange.wrong("name", "must be empty for the exchange of type 'default'");
    }
    if (!type.isEmpty() && !type.equals("default") && (name == null || name.isEmpty())) {
      throw exchange.wrong("name", "is required for an exchange of type '" + type + "'");
    }
    return name == null ? "" : name;
  }

  /** That of the binding, else the path of the server's URL. */
  private static @Nullable String vhost(Endpoint endpoint, Binding exchange, Binding queue) {
    String first = exchange.text("vhost");
    String second = queue.text("vhost");
    if (first != null && second != null && !first.equals(second)) {
      throw queue.wrong(
          "vhost", "is '" + second + "', but that of the exchange is '" + first + "'");
    }
    String bound = first == null ? second : first;
    if (bound != null) {
      return bound;
    }
    String path = endpoint.server().getRawPath();
    return path == null || path.length() < 2
        ? null
        : URLDecoder.decode(path.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Sees that messages can be sent. */
  void prepareSending(AmqpConnection connection) throws IOException {
    if (!exchange.isEmpty()) {
      exchange(connection);
    } else if (declares(queueBinding)) {
      queue(connection);
    }
  }

  /** Sees that messages arrive; gives the queue's name. */
  String prepareReceiving(AmqpConnection connection) throws IOException {
    if (exchange.isEmpty()) {
      return queue(connection);
    }
    exchange(connection);
    String name =
        queue == null ? connection.channel().queueDeclare().getQueue() : queue(connection);
    connection.channel().queueBind(name, exchange, key);
    return name;
  }

  private void exchange(AmqpConnection connection) throws IOException {
    String type = exchangeBinding.choice("type", "", TYPES);
    boolean durable = exchangeBinding.flag("durable", true);
    boolean autoDelete = exchangeBinding.flag("autoDelete", false);
    boolean found =
        connection.finds("exchange", exchange, channel -> channel.exchangeDeclarePassive(exchange));
    if (!found && type.isEmpty()) {
      throw connection.none("exchange", exchange);
    }
    if (!found) {
      connection.channel().exchangeDeclare(exchange, type, durable, autoDelete, null);
    }
  }

  private String queue(AmqpConnection connection) throws IOException {
    String name = queue == null ? "" : queue;
    boolean found = connection.finds("queue", name, channel -> channel.queueDeclarePassive(name));
    if (!found && !declares(queueBinding)) {
      throw connection.none("queue", name);
    }
    if (!found) {
      declare(connection.channel(), name);
    }
    return name;
  }

  private static boolean declares(Binding queue) {
    return queue.has("durable") || queue.has("exclusive") || queue.has("autoDelete");
  }

  private void declare(Channel channel, String name) throws IOException {
    var _ =
        channel.queueDeclare(
            name,
            queueBinding.flag("durable", true),
            queueBinding.flag("exclusive", false),
            queueBinding.flag("autoDelete", false),
            null);
  }
}
