package dev.capstan.worker.asyncapi.amqp;

import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/**
 * Messages by way of a broker that speaks AMQP 0-9-1. Headers, content type and correlation id are
 * what AMQP has under these names. Each message that is sent has a connection of its own.
 */
public final class AmqpTransport implements Transport {

  @Override
  public Set<String> protocols() {
    return Set.of("amqp", "amqps");
  }

  @Override
  public void publish(Endpoint endpoint, WireMessage message, Duration limit)
      throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(limit);
    AmqpRoute route = AmqpRoute.of(endpoint);
    Outgoing outgoing = Outgoing.of(endpoint, route, message);
    try (AmqpConnection connection = AmqpConnection.open(endpoint, route.vhost(), deadline)) {
      connection.run(deadline, () -> outgoing.send(connection, deadline));
    }
  }

  @Override
  public Subscription subscribe(Endpoint endpoint, Duration limit)
      throws IOException, InterruptedException {
    return AmqpSubscription.open(endpoint, AmqpRoute.of(endpoint), Deadline.after(limit));
  }
}
