package dev.capstan.server.membership;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The replicas that decide together, of all partitions, as the coordinator that leads the first one
 * sees them. Any thread.
 */
public interface Voters {
  /**
   * The coordinators that have a vote, for each partition, the first one first. What is known of
   * others than the first may be old, but for what {@link #confirm} has found out.
   */
  List<Set<String>> groups();

  /** Those coordinators that have answered within a second, this one among them. */
  Set<String> answering();

  /**
   * Finds out who has a vote in each partition.
   *
   * @return completes when {@link #groups} is current; fails where a partition is not led
   */
  CompletableFuture<?> confirm();

  /**
   * Lets another coordinator lead what this one leads.
   *
   * @return completes when this one leads no more; fails when nobody took over
   */
  CompletableFuture<?> handOver();

  /**
   * Lets others lead what another coordinator leads.
   *
   * @return completes when that one leads nothing more; fails when nobody took over
   */
  CompletableFuture<?> relieve(String coordinator);
}
