package dev.capstan.server.nodes;

import java.util.Collections;
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
 * @param labels that its configuration gives it, sorted by name
 * @param found on it by itself, such as {@code gpu} or {@code python3}, sorted by name
 * @param processors 0 when not said; so are the bytes
 */
public record NodeProfile(
    String id,
    String name,
    int slots,
    List<String> kinds,
    Map<String, String> labels,
    Map<String, String> found,
    int processors,
    long memoryBytes,
    long diskBytes,
    String version) {
  public NodeProfile {
    kinds = List.copyOf(new TreeSet<>(kinds));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    found = Collections.unmodifiableMap(new TreeMap<>(found));
  }

  NodeProfile withSlots(int changed) {
    return new NodeProfile(
        id, name, changed, kinds, labels, found, processors, memoryBytes, diskBytes, version);
  }

  /** The same with what was found on it since. */
  NodeProfile with(NodeCapabilities changed) {
    return new NodeProfile(
        id,
        name,
        slots,
        changed.kinds(),
        labels,
        changed.found(),
        changed.processors(),
        changed.memoryBytes(),
        changed.diskBytes(),
        version);
  }
}
