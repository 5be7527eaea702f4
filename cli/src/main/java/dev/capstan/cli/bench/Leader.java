package dev.capstan.cli.bench;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Coordinator;

/** Who leads a cluster. */
final class Leader {
  private Leader() {}

  /**
   * The coordinator that leads now.
   *
   * @throws IllegalStateException if nobody does
   */
  static String of(CapstanClient client) {
    return CapstanClient.await(client.cluster()).coordinators().stream()
        .filter(each -> each.role().equals("leader"))
        .map(Coordinator::id)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nobody leads"));
  }
}
