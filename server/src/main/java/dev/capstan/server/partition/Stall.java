package dev.capstan.server.partition;

import dev.capstan.core.placement.Claim;
import dev.capstan.server.partition.Standing.Seat;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The lines of a section that stand behind one gate. Owned by the partition's thread. */
final class Stall {
  final Section section;
  final Gate gate;
  final Standing<Line> lines = new Standing<>();
  private final Map<Claim, Line> byClaim = new HashMap<>();
  private @Nullable Seat seat;

  Stall(Section section, Gate gate) {
    this.section = section;
    this.gate = gate;
  }

  /** The line of a claim. */
  Line line(Claim claim, LongSupplier numbers) {
    Line present = byClaim.get(claim);
    if (present == null) {
      Share share = section.grade.share(claim.key(), numbers);
      share.lines++;
      present = new Line(this, claim, share, numbers.getAsLong());
      byClaim.put(claim, present);
    }
    return present;
  }

  /** Takes an empty line out; whether the stall is empty then. */
  boolean drop(Line line) {
    byClaim.remove(line.claim);
    section.grade.leave(line.share);
    return byClaim.isEmpty();
  }

  /** Takes the place in its section that its lines and its gate give it. */
  void reseat() {
    Seat next = gate.isClosed() ? null : lines.seat();
    if (!Objects.equals(seat, next)) {
      section.open.move(this, seat, next);
      seat = next;
      section.reseat();
    }
  }
}
