package dev.capstan.worker.asyncapi.amqp;

import dev.capstan.worker.asyncapi.Broker;
import org.jspecify.annotations.Nullable;

/** Brokers of AMQP for tests elsewhere. */
public final class AmqpBrokers {

  private AmqpBrokers() {}

  /** Starts one, or takes the one that is there; null when there can be none. */
  public static @Nullable Broker start() throws Exception {
    return AmqpBroker.common();
  }
}
