package dev.capstan.worker.asyncapi.mqtt;

import dev.capstan.worker.asyncapi.Broker;

/** Brokers of MQTT for tests elsewhere. */
public final class MqttBrokers {

  private MqttBrokers() {}

  /** Starts one. */
  public static Broker start() throws Exception {
    return new MqttBroker();
  }
}
