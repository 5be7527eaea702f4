package dev.capstan.worker.asyncapi.kafka;

import dev.capstan.worker.asyncapi.Broker;

/** Brokers of Kafka for tests elsewhere. */
public final class KafkaBrokers {

  private KafkaBrokers() {}

  /** Starts one. */
  public static Broker start() throws Exception {
    return new KafkaBroker();
  }
}
