package dev.capstan.server.partition;

import dev.capstan.core.placement.Claim;
import dev.capstan.server.partition.Standing.Rank;
import dev.capstan.server.partition.Standing.Seat;
import dev.capstan.server.partition.TaskQueue.Waiting;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that differ in nothing that counts, first come first served. Owned by the partition's
 * thread.
 */
final class Line {

  final Stall stall;
  final Claim claim;
  final Share share;
  private final long number;
  private final NavigableSet<Waiting> tasks = new TreeSet<>(Line::byComing);
  private @Nullable Seat seat;

  /**
   * @param number no other line has it
   */
  Line(Stall stall, Claim claim, Share share, long number) {
    this.stall = stall;
    this.claim = claim;
    this.share = share;
    this.number = number;
  }

  private static int byComing(Waiting one, Waiting other) {
    int order = Long.compare(one.age().number(), other.age().number());
    if (order == 0) {
      order = one.run().execution().compareTo(other.run().execution());
    }
    return order != 0 ? order : Long.compare(one.run().run(), other.run().run());
  }

  /** Who is served next; somebody must be here. */
  Waiting first() {
    return tasks.first();
  }

  boolean isEmpty() {
    return tasks.isEmpty();
  }

  void add(Waiting task) {
    tasks.add(task);
    stall.section.lane.length++;
    if (first() == task) {
      reseat();
    }
  }

  void remove(Waiting task) {
    boolean first = first() == task;
    tasks.remove(task);
    stall.section.lane.length--;
    if (first) {
      reseat();
    }
  }

  /** Whether its key has had a turn since it took its place. */
  boolean isLate() {
    return seat != null && seat.turn().value() != share.turn;
  }

  /** Takes the place in its stall that its key's turn and its first task give it. */
  void reseat() {
    Seat next = null;
    if (!tasks.isEmpty()) {
      Age age = first().age();
      next =
          new Seat(
              new Rank(share.turn, age.number(), number),
              new Rank(age.millis(), age.number(), number));
    }
    if (!Objects.equals(seat, next)) {
      stall.lines.move(this, seat, next);
      seat = next;
      stall.reseat();
    }
  }
}
