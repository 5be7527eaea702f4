package dev.capstan.server.partition;

import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that waits at one priority, by lane. Owned by the partition's thread. */
final class Grade {
  final int priority;

  /** Sections that nothing is known to hold back, by the turn of their first line. */
  final NavigableMap<Long, Section> open = new TreeMap<>();

  private final Set<Section> all = new HashSet<>();

  Grade(int priority) {
    this.priority = priority;
  }

  void add(Section section) {
    all.add(section);
  }

  void remove(Section section) {
    all.remove(section);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** The line whose turn it is; null if all are held back. */
  @Nullable Line next() {
    if (open.isEmpty()) {
      return null;
    }
    Section section = open.firstEntry().getValue();
    return section.open.firstEntry().getValue().first();
  }
}
