package dev.capstan.cli.graph;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What level lines have to go round.
 *
 * @param boxes of nodes and frames, by id
 * @param frames by node, those around it
 */
record Obstacles(Map<String, Box> boxes, Map<String, List<String>> frames) {
  /** A line keeps this far from what it goes round. */
  private static final int DISTANCE = 5;

  private static final int STEP = 4;

  /** Whether a level line that begins or ends at a node would run behind another one. */
  boolean hides(String end, int fromX, int toX, int y) {
    return isOnNode(end, level(fromX, toX, y));
  }

  /** Whether such a line would also run through no frame that the node is not in. */
  boolean isOpen(String end, int fromX, int toX, int y) {
    Box line = level(fromX, toX, y);
    return !isOnNode(end, line) && !isInForeignFrame(end, line);
  }

  /** Where a line leaves a node at its top or bottom, or comes to it. */
  int x(String end) {
    Box box = box(end);
    // Beside the middle, where the flow comes in.
    return box.centreX() + Math.min(2 * STEP, box.width() / 4);
  }

  /**
   * The first height above a node where a level line meets no node, nor a frame that is not around
   * the node; empty if something is in the way to it.
   */
  OptionalInt above(String end, int farX) {
    int top = box(end).y();
    return free(end, farX, top, top - 3 * STEP, -STEP);
  }

  /** The same below a node. */
  OptionalInt below(String end, int farX) {
    int bottom = box(end).bottom();
    return free(end, farX, bottom, bottom + 3 * STEP, STEP);
  }

  private OptionalInt free(String end, int farX, int side, int first, int step) {
    int x = x(end);
    int y = first;
    while (y > 0 && !isOnNode(end, upright(x, side, y))) {
      if (isOpen(end, x, farX, y)) {
        return OptionalInt.of(y);
      }
      y += step;
    }
    return OptionalInt.empty();
  }

  /** Whether an upright line that begins or ends at a node would run behind another one. */
  boolean hidesUpright(String end, int x, int fromY, int toY) {
    return isOnNode(end, upright(x, fromY, toY));
  }

  private boolean isOnNode(String end, Box line) {
    return frames.keySet().stream().anyMatch(node -> !node.equals(end) && meets(node, line));
  }

  private boolean isInForeignFrame(String end, Box line) {
    List<String> around = Objects.requireNonNull(frames.get(end), end);
    return boxes.keySet().stream()
        .filter(id -> !frames.containsKey(id) && !around.contains(id))
        .anyMatch(frame -> meets(frame, line));
  }

  private boolean meets(String id, Box line) {
    return box(id).overlaps(line);
  }

  private Box box(String id) {
    return Objects.requireNonNull(boxes.get(id), id);
  }

  private static Box level(int fromX, int toX, int y) {
    return Box.of(Math.min(fromX, toX), y - DISTANCE, Math.max(fromX, toX), y + DISTANCE);
  }

  private static Box upright(int x, int fromY, int toY) {
    return Box.of(x - 1, Math.min(fromY, toY), x + 1, Math.max(fromY, toY));
  }
}
