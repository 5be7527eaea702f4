package dev.capstan.server.partition;

import dev.capstan.core.placement.Demand;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that wants the same of a node: while there is none for one of them there is none for the
 * others. Owned by the partition's thread.
 */
final class Lane {
  final Demand demand;
  int length;
  private final Map<Grade, Section> sections = new LinkedHashMap<>();
  private boolean blocked;

  Lane(Demand demand) {
    this.demand = demand;
  }

  boolean isBlocked() {
    return blocked;
  }

  /** Says whether there is no node for it. */
  void block(boolean noNode) {
    if (blocked != noNode) {
      blocked = noNode;
      sections.values().forEach(Section::reseat);
    }
  }

  Section section(Grade grade) {
    Section present = sections.get(grade);
    if (present == null) {
      present = new Section(this, grade);
      sections.put(grade, present);
      grade.add(present);
    }
    return present;
  }

  /** Takes an empty section out; whether the lane is empty then. */
  boolean drop(Section section) {
    sections.remove(section.grade);
    section.grade.remove(section);
    return sections.isEmpty();
  }
}
