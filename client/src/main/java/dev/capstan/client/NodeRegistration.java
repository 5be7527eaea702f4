package dev.capstan.client;

import java.time.Duration;

/**
 * A worker node that is to join the cluster.
 *
 * @param node the only node that may use the registration; 1 to 63 letters a-z, digits and -
 * @param life how long it may take to join, at most 24 hours
 */
public record NodeRegistration(String node, Duration life) {
  /** A node that joins within a quarter of an hour. */
  public static NodeRegistration of(String node) {
    return new NodeRegistration(node, Duration.ofMinutes(15));
  }
}
