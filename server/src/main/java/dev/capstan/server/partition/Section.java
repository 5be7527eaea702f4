package dev.capstan.server.partition;

import dev.capstan.server.partition.Standing.Seat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What waits in one lane at one priority, by gate. Owned by the partition's thread. */
final class Section {
  final Lane lane;
  final Grade grade;

  /** Stalls whose gate is open. */
  final Standing<Stall> open = new Standing<>();

  private final Map<Gate, Stall> stalls = new LinkedHashMap<>();
  private @Nullable Seat seat;

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

  /** Takes the place in its grade that its stalls and its lane give it. */
  void reseat() {
    Seat next = lane.isBlocked() ? null : open.seat();
    if (!Objects.equals(seat, next)) {
      grade.open.move(this, seat, next);
      seat = next;
    }
  }
}
