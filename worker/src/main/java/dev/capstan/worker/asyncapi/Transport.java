package dev.capstan.worker.asyncapi;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/** A protocol's way of sending and receiving. Any thread may call it, several at once. */
public interface Transport {
  /** AsyncAPI protocol names, e.g. mqtt, mqtts, secure-mqtt. */
  Set<String> protocols();

  /**
   * Sends one message; returns when the broker has it.
   *
   * @throws IOException when that can't be told, or is not so
   */
  void publish(Endpoint endpoint, WireMessage message, Duration limit)
      throws IOException, InterruptedException;

  /**
   * Asks for messages; returns when the broker has accepted it.
   *
   * @throws IOException when it hasn't
   */
  Subscription subscribe(Endpoint endpoint, Duration limit)
      throws IOException, InterruptedException;
}
