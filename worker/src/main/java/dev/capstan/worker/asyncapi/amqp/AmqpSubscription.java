package dev.capstan.worker.asyncapi.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.capstan.worker.asyncapi.Binding;
import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Messages of one queue, which gives the next one when the last is acknowledged. */
final class AmqpSubscription implements Subscription {

  /** Further ones are for others who take from the queue. */
  private static final int AHEAD = 1;

  /**
   * Messages that are not acknowledged come without being asked for; more than these wait there.
   */
  private static final int WAITING = 64;

  private final AmqpConnection connection;
  private final boolean acknowledging;
  private final BlockingQueue<Optional<Delivery>> arrived = new LinkedBlockingQueue<>(WAITING);
  private volatile @Nullable IOException ended;
  private volatile boolean closed;
  private @Nullable Delivery current;

  private AmqpSubscription(AmqpConnection connection, boolean acknowledging) {
    this.connection = connection;
    this.acknowledging = acknowledging;
  }

  static AmqpSubscription open(Endpoint endpoint, AmqpRoute route, Deadline deadline)
      throws IOException, InterruptedException {
    boolean acknowledging = Binding.of("operation", endpoint.operationBinding()).flag("ack", true);
    AmqpConnection connection = AmqpConnection.open(endpoint, route.vhost(), deadline);
    boolean open = false;
    try {
      AmqpSubscription subscription = new AmqpSubscription(connection, acknowledging);
      connection.run(deadline, () -> subscription.consume(route));
      open = true;
      return subscription;
    } finally {
      if (!open) {
        connection.close();
      }
    }
  }

  private void consume(AmqpRoute route) throws IOException {
    String queue = route.prepareReceiving(connection);
    Channel channel = connection.channel();
    channel.basicQos(AHEAD);
    var _ = channel.basicConsume(queue, !acknowledging, new Arrivals(channel, queue));
  }

  /** Called by the library, one call after the other. */
  private final class Arrivals extends DefaultConsumer {

    private final String queue;

    Arrivals(Channel channel, String queue) {
      super(channel);
      this.queue = queue;
    }

    @Override
    public void handleDelivery(
        String consumerTag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
      put(Optional.of(new Delivery(envelope, properties, body)));
    }

    @Override
    public void handleCancel(String consumerTag) {
      end(new IOException(connection.told("has ended the subscription to '" + queue + "'.")));
    }

    @Override
    public void handleShutdownSignal(String consumerTag, ShutdownSignalException signal) {
      end(connection.failure(signal));
    }
  }

  private void end(IOException why) {
    ended = why;
    put(Optional.empty());
  }

  /** Holds up the connection while there is no room. */
  private void put(Optional<Delivery> delivery) {
    try {
      boolean taken = false;
      while (!taken && !closed) {
        taken = arrived.offer(delivery, 100, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(limit);
    Optional<Delivery> delivery = arrived.poll(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    if (acknowledging || (delivery != null && delivery.isEmpty())) {
      // What has arrived before the end could not be acknowledged any more.
      mustBeOpen();
    }
    if (delivery == null) {
      return null;
    }
    current = delivery.orElseThrow();
    return message(current);
  }

  private static WireMessage message(Delivery delivery) {
    AMQP.BasicProperties properties = delivery.getProperties();
    Map<String, String> headers = new LinkedHashMap<>();
    if (properties.getHeaders() != null) {
      properties.getHeaders().forEach((name, value) -> headers.put(name, text(value)));
    }
    return new WireMessage(
        delivery.getBody(), headers, properties.getContentType(), properties.getCorrelationId());
  }

  private static String text(@Nullable Object value) {
    return value instanceof byte[] bytes ? Bytes.text(bytes) : String.valueOf(value);
  }

  @Override
  public void acknowledge() throws IOException {
    Delivery delivery = current;
    if (delivery == null) {
      throw new IllegalStateException("There is no message to acknowledge.");
    }
    if (acknowledging) {
      mustBeOpen();
      try {
        connection.channel().basicAck(delivery.getEnvelope().getDeliveryTag(), false);
      } catch (ShutdownSignalException e) {
        throw connection.failure(e);
      }
    }
    current = null;
  }

  private void mustBeOpen() throws IOException {
    IOException why = ended;
    if (why != null) {
      throw new IOException(why.getMessage(), why);
    }
  }

  @Override
  public void close() {
    closed = true;
    connection.close();
  }
}
