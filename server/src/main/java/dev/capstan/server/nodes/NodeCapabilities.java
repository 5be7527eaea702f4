package dev.capstan.server.nodes;

import java.util.List;
import java.util.Map;

/** What a node can do, as it says itself; checked. */
record NodeCapabilities(
    List<String> kinds,
    Map<String, String> found,
    int processors,
    long memoryBytes,
    long diskBytes) {
  NodeCapabilities {
    kinds = List.copyOf(kinds);
    found = Map.copyOf(found);
  }
}
