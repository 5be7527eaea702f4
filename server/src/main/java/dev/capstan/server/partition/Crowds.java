package dev.capstan.server.partition;

import dev.capstan.core.placement.Peers;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the attempts of each group run, and where the last one of each key or execution went. Owned
 * by the partition's thread.
 */
final class Crowds {
  private static final int REMEMBERED = 20_000;

  private final Map<String, Map<String, Integer>> byGroup = new HashMap<>();
  private final LinkedHashMap<String, String> lastNodes = new LinkedHashMap<>(64, 0.75f, true);

  void joined(@Nullable String group, String last, String node) {
    if (group != null) {
      byGroup.computeIfAbsent(group, _ -> new HashMap<>()).merge(node, 1, Integer::sum);
    }
    lastNodes.putLast(last, node);
    if (lastNodes.size() > REMEMBERED) {
      lastNodes.pollFirstEntry();
    }
  }

  void left(@Nullable String group, String node) {
    Map<String, Integer> running = group == null ? null : byGroup.get(group);
    if (group != null && running != null) {
      running.computeIfPresent(node, (_, count) -> count == 1 ? null : count - 1);
      if (running.isEmpty()) {
        byGroup.remove(group);
      }
    }
  }

  /** What placement may know of a group; valid until the next change. */
  Peers peers(@Nullable String group, String last) {
    Map<String, Integer> running = group == null ? null : byGroup.get(group);
    Map<String, Integer> view = running == null ? Map.of() : Collections.unmodifiableMap(running);
    return new Peers() {
      @Override
      public Map<String, Integer> running() {
        return view;
      }

      @Override
      public @Nullable String lastNode() {
        return lastNodes.get(last);
      }
    };
  }

  void clear() {
    byGroup.clear();
    lastNodes.clear();
  }
}
