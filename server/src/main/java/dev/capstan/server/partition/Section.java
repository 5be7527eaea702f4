package dev.capstan.server.partition;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What waits in one lane at one priority, by gate. Owned by the partition's thread. */
final class Section {
  final Lane lane;
  final Grade grade;

  /** Stalls whose gate is open, by the turn of their first line. */
  final NavigableMap<Long, Stall> open = new TreeMap<>();

  private final Map<Gate, Stall> stalls = new LinkedHashMap<>();
  private long seat = Stall.NONE;

  Section(Lane lane, Grade grade) {
    this.lane = lane;
    this.grade = grade;
  }

  Stall stall(Gate gate) {
    Stall present = stalls.get(gate);
    if (present == null) {
      present = new Stall(this, gate);
      stalls.put(gate, present);
      gate.stalls.add(present);
    }
    return present;
  }

  /** Takes an empty stall out; whether the section is empty then. */
  boolean drop(Stall stall) {
    stalls.remove(stall.gate);
    return stalls.isEmpty();
  }

  /** Takes the place in its grade that its first line, its gates and its lane give it. */
  void reseat() {
    if (seat != Stall.NONE) {
      grade.open.remove(seat);
    }
    seat = lane.isBlocked() || open.isEmpty() ? Stall.NONE : open.firstKey();
    if (seat != Stall.NONE) {
      grade.open.put(seat, this);
    }
  }
}
