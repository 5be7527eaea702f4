package dev.capstan.server.http;

import java.time.Duration;

/**
 * Where HTTP is served, and its bounds. Bounds are reached by hostile and broken clients only; each
 * refusal names its setting.
 *
 * @param host address to listen on
 * @param port 0 takes any that is free
 * @param maxRequestBody bytes
 * @param maxRequests requests worked on at a time
 * @param maxWatchers streams and long polls open at a time
 * @param maxConnections connections open at a time; more wait to be accepted
 * @param headerTimeout from the first line of a request to the end of its headers
 * @param bodyTimeout from the end of the headers to the end of the body
 * @param writeTimeout for one write to be taken by the client
 * @param idleTimeout between requests of a connection
 * @param requestTimeout for the engine to answer
 * @param maxWait for {@code ?wait=}
 * @param heartbeat between comments on a stream on which nothing happens
 */
public record HttpSettings(
    String host,
    int port,
    int maxRequestBody,
    int maxRequests,
    int maxWatchers,
    int maxConnections,
    Duration headerTimeout,
    Duration bodyTimeout,
    Duration writeTimeout,
    Duration idleTimeout,
    Duration requestTimeout,
    Duration maxWait,
    Duration heartbeat) {

  /** The defaults on an address. */
  public static HttpSettings ofDefaults(String host, int port) {
    return new HttpSettings(
        host,
        port,
        4 << 20,
        256,
        10_000,
        20_000,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        Duration.ofMinutes(5),
        Duration.ofSeconds(15));
  }
}
