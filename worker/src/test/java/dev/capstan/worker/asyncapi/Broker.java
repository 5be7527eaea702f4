package dev.capstan.worker.asyncapi;

import java.io.IOException;

/** A broker in this process, and a client of it that is not ours. */
public interface Broker extends AutoCloseable {

  /** Who may use it. */
  String USER = "walker";

  /** With it, it would have to be quoted in some places. */
  String PASSWORD = "pass\"word\\s";

  /** Where it listens for users. */
  Address address();

  /** Where it listens with the certificate of {@code LocalhostKeys}; 0 for nowhere. */
  int tlsPort();

  /** Sends a message by the other client. */
  void send(String channel, WireMessage message) throws Exception;

  /** Begins to receive by the other client. */
  Receiving receive(String channel) throws Exception;

  /** How many messages for subscribers the broker keeps; 0 where acknowledging waits for it. */
  default long unacknowledged(String channel) throws Exception {
    return 0;
  }

  /** How many connections of ours the broker has. */
  int connections();

  /** Stops the broker; clients find that out by themselves. */
  void stop() throws IOException;

  @Override
  default void close() throws IOException {
    stop();
  }

  /** Receives by the other client. */
  interface Receiving extends AutoCloseable {

    /** The next message; fails when none comes. */
    WireMessage next() throws Exception;

    @Override
    void close();
  }
}
