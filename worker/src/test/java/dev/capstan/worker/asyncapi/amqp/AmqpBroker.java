package dev.capstan.worker.asyncapi.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.capstan.worker.asyncapi.Address;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A broker with a queue for each channel that the other client uses: Apache Qpid Broker-J, or one
 * that is there.
 */
final class AmqpBroker implements Broker {

  /** For a broker that is there, with our user, and the virtual host {@code default}. */
  private static final String THERE = "amqp.port";

  private final int port;
  private final @Nullable Qpid own;

  private AmqpBroker(int port, @Nullable Qpid own) {
    this.port = port;
    this.own = own;
  }

  /** The one of all tests; null when there can be none. */
  static @Nullable AmqpBroker common() throws Exception {
    Integer there = Integer.getInteger(THERE);
    return there == null ? another() : new AmqpBroker(there, null);
  }

  /** One that may be stopped; null when there can be none. */
  static @Nullable AmqpBroker another() throws Exception {
    Path java = Qpid.java();
    if (java == null) {
      return null;
    }
    Qpid own = new Qpid(java);
    return new AmqpBroker(own.port(), own);
  }

  @Override
  public Address address() {
    return new Address("127.0.0.1", port);
  }

  @Override
  public int tlsPort() {
    return own == null ? 0 : own.tlsPort();
  }

  /** A connection of the other client. */
  Connection client() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(port);
    factory.setUsername(USER);
    factory.setPassword(PASSWORD);
    factory.setVirtualHost("default");
    factory.setAutomaticRecoveryEnabled(false);
    return factory.newConnection("other");
  }

  private static void queue(Channel channel, String name) throws IOException {
    var _ = channel.queueDeclare(name, true, false, false, null);
  }

  boolean tellsOfDeletedQueues() {
    return own == null;
  }

  @Override
  public void send(String channel, WireMessage message) throws Exception {
    send("", channel, message);
  }

  /** Sends to an exchange. */
  void send(String exchange, String key, WireMessage message) throws Exception {
    try (Connection connection = client();
        Channel channel = connection.createChannel()) {
      var _ = channel.confirmSelect();
      channel.basicPublish(
          exchange,
          key,
          new AMQP.BasicProperties.Builder()
              .headers(new HashMap<>(message.headers()))
              .contentType(message.contentType())
              .correlationId(message.correlationId())
              .build(),
          message.payload());
      channel.waitForConfirmsOrDie(30_000);
    }
  }

  /** Takes from a queue. */
  static final class Messages implements Receiving {

    private final Connection connection;
    private final Channel channel;
    private final String queue;

    Messages(Connection connection, String queue) throws IOException {
      this.connection = connection;
      this.channel = connection.createChannel();
      this.queue = queue;
      queue(channel, queue);
    }

    GetResponse response() {
      return Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> channel.basicGet(queue, true), got -> got != null);
    }

    @Override
    public WireMessage next() {
      GetResponse got = response();
      Map<String, String> headers = new TreeMap<>();
      if (got.getProps().getHeaders() != null) {
        got.getProps().getHeaders().forEach((name, value) -> headers.put(name, value.toString()));
      }
      return new WireMessage(
          got.getBody(),
          headers,
          got.getProps().getContentType(),
          got.getProps().getCorrelationId());
    }

    @Override
    public void close() {
      connection.abort();
    }
  }

  @Override
  public Messages receive(String channel) throws Exception {
    return new Messages(client(), channel);
  }

  @Override
  public int connections() {
    return Listener.connections(port);
  }

  @Override
  public void stop() throws IOException {
    if (own != null) {
      own.stop();
    }
  }
}
