package dev.capstan.server.nodes;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a node said of itself, checked.
 *
 * @param id stable across restarts of the node
 * @param name what people call it
 * @param slots how many attempts it runs at a time
 * @param kinds what it can run, sorted
 * @param labels sorted by name
 * @param processors 0 when not said; so are the bytes
 */
public record NodeProfile(
    String id,
    String name,
    int slots,
    List<String> kinds,
    Map<String, String> labels,
    int processors,
    long memoryBytes,
    long diskBytes,
    String version) {
  public NodeProfile {
    kinds = List.copyOf(new TreeSet<>(kinds));
    labels = new TreeMap<>(labels);
  }

  NodeProfile withSlots(int changed) {
    return new NodeProfile(
        id, name, changed, kinds, labels, processors, memoryBytes, diskBytes, version);
  }
}
