package dev.capstan.server.membership;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The replicas that decide together, as the coordinator that leads sees them. Any thread. */
public interface Voters {
  /** The coordinators that have a vote, this one among them. */
  Set<String> members();

  /** Those of them that have answered within a second, this one among them. */
  Set<String> answering();

  /**
   * Lets another coordinator lead.
   *
   * @return completes when this one leads no more; fails when nobody took over
   */
  CompletableFuture<?> handOver();
}
