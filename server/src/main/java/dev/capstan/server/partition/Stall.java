package dev.capstan.server.partition;

import dev.capstan.core.placement.Claim;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The lines of a section that stand behind one gate. Owned by the partition's thread. */
final class Stall {
  /** The turn of what has none. */
  static final long NONE = 0;

  final Section section;
  final Gate gate;
  private final Map<Claim, Line> byClaim = new HashMap<>();
  private final NavigableMap<Long, Line> byTurn = new TreeMap<>();
  private long seat = NONE;

  Stall(Section section, Gate gate) {
    this.section = section;
    this.gate = gate;
  }

  /** The line of a claim; a new one has the turn that is next. */
  Line line(Claim claim, LongSupplier nextTurn) {
    Line present = byClaim.get(claim);
    if (present == null) {
      present = new Line(this, claim, nextTurn.getAsLong());
      byClaim.put(claim, present);
      byTurn.put(present.turn, present);
      reseat();
    }
    return present;
  }

  @Nullable Line first() {
    return byTurn.isEmpty() ? null : byTurn.firstEntry().getValue();
  }

  /** Gives a line a later turn. */
  void toTheEnd(Line line, long turn) {
    byTurn.remove(line.turn);
    line.turn = turn;
    byTurn.put(turn, line);
    reseat();
  }

  /** Takes an empty line out; whether the stall is empty then. */
  boolean drop(Line line) {
    byClaim.remove(line.claim);
    byTurn.remove(line.turn);
    reseat();
    return byTurn.isEmpty();
  }

  /** Takes the place in its section that its first line and its gate give it. */
  void reseat() {
    if (seat != NONE) {
      section.open.remove(seat);
    }
    seat = gate.isClosed() || byTurn.isEmpty() ? NONE : byTurn.firstKey();
    if (seat != NONE) {
      section.open.put(seat, this);
    }
    section.reseat();
  }
}
