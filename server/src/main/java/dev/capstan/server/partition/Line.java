package dev.capstan.server.partition;

import dev.capstan.core.placement.Claim;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that differ in nothing that counts, first come first served. Owned by the partition's
 * thread.
 */
final class Line {
  final Stall stall;
  final Claim claim;

  /** When it is served among the lines of its priority; smaller is earlier. */
  long turn;

  TaskQueue.@Nullable Waiting first;
  int length;
  private TaskQueue.@Nullable Waiting last;

  Line(Stall stall, Claim claim, long turn) {
    this.stall = stall;
    this.claim = claim;
    this.turn = turn;
  }

  TaskQueue.Waiting first() {
    if (first == null) {
      throw new IllegalStateException("nobody is in the line");
    }
    return first;
  }

  void append(TaskQueue.Waiting task) {
    task.before = last;
    if (last == null) {
      first = task;
    } else {
      last.after = task;
    }
    last = task;
    length++;
    stall.section.lane.length++;
  }

  void remove(TaskQueue.Waiting task) {
    if (task.before == null) {
      first = task.after;
    } else {
      task.before.after = task.after;
    }
    if (task.after == null) {
      last = task.before;
    } else {
      task.after.before = task.before;
    }
    length--;
    stall.section.lane.length--;
  }
}
