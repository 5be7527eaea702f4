package dev.capstan.server.nodes;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How the labels of a node differ from those that its configuration gives it.
 *
 * @param set sorted by name
 * @param removed sorted; none of them is set
 */
public record LabelChanges(Map<String, String> set, Set<String> removed) {
  /** They don't. */
  static final LabelChanges NONE = new LabelChanges(Map.of(), Set.of());

  public LabelChanges {
    set = Collections.unmodifiableMap(new TreeMap<>(set));
    removed = Collections.unmodifiableSet(new TreeSet<>(removed));
  }

  /** These changes, and then some more. */
  LabelChanges and(Map<String, String> given, Collection<String> taken) {
    Map<String, String> nowSet = new TreeMap<>(set);
    Set<String> nowRemoved = new TreeSet<>(removed);
    taken.forEach(nowSet::remove);
    nowRemoved.addAll(taken);
    nowSet.putAll(given);
    nowRemoved.removeAll(given.keySet());
    return new LabelChanges(nowSet, nowRemoved);
  }

  /** What is left of some labels, and what comes to them; sorted by name. */
  Map<String, String> on(Map<String, String> labels) {
    Map<String, String> changed = new TreeMap<>(labels);
    changed.keySet().removeAll(removed);
    changed.putAll(set);
    return Collections.unmodifiableMap(changed);
  }
}
