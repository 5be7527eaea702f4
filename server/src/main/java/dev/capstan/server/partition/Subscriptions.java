package dev.capstan.server.partition;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Listening tasks by the types of cloud events that they want. Owned by the partition's thread. */
final class Subscriptions {
  private final Map<RunKey, List<String>> byRun = new HashMap<>();
  private final Map<String, Map<RunKey, RunKey>> byType = new HashMap<>();
  private final Map<RunKey, RunKey> toAll = new LinkedHashMap<>();

  /** Many tasks share few lists of types. */
  private final Map<List<String>, List<String>> lists = new HashMap<>();

  /** Adds a task, in place of what it wanted before. */
  void add(RunKey run, List<String> types) {
    remove(run);
    List<String> shared = lists.computeIfAbsent(types, list -> list);
    byRun.put(run, shared);
    if (shared.isEmpty()) {
      toAll.put(run, run);
    }
    for (String type : shared) {
      byType.computeIfAbsent(type, _ -> new LinkedHashMap<>()).put(run, run);
    }
  }

  /** Forgets a task; answers what it wanted, or null if it was not there. */
  @Nullable List<String> remove(RunKey run) {
    List<String> types = byRun.remove(run);
    if (types == null) {
      return null;
    }
    toAll.remove(run);
    for (String type : types) {
      Map<RunKey, RunKey> runs = byType.get(type);
      if (runs != null && runs.remove(run) != null && runs.isEmpty()) {
        byType.remove(type);
      }
    }
    if (byRun.isEmpty()) {
      lists.clear();
    }
    return types;
  }

  /** Tasks that may want an event of this type, the oldest subscription first. */
  List<RunKey> wanting(String type) {
    Map<RunKey, RunKey> runs = byType.getOrDefault(type, Map.of());
    List<RunKey> wanting = new ArrayList<>(runs.size() + toAll.size());
    wanting.addAll(runs.values());
    wanting.addAll(toAll.values());
    return wanting;
  }

  Collection<RunKey> all() {
    return Collections.unmodifiableCollection(byRun.keySet());
  }

  int size() {
    return byRun.size();
  }

  void clear() {
    byRun.clear();
    byType.clear();
    toAll.clear();
    lists.clear();
  }
}
