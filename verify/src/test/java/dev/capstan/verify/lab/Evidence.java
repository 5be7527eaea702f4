package dev.capstan.verify.lab;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a fault has done so far.
 *
 * @param hits how often, by where: frames for {@code a>b}, the direction from host a to host b;
 *     frames for {@code >a}, what could not be handed to host a; 1 for a process that is stopped
 */
public record Evidence(SortedMap<String, Long> hits) {
  /** A copy of these counts. */
  public Evidence(Map<String, Long> hits) {
    this(new TreeMap<>(hits));
  }

  /** All hits. */
  public long total() {
    return hits.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Hits on the way from one host to another; 0 when the fault has nothing to do with that way. */
  public long hits(Host from, Host to) {
    return hits.getOrDefault(from.name() + ">" + to.name(), 0L);
  }
}
