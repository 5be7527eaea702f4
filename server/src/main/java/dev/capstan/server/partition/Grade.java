package dev.capstan.server.partition;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that waits at one priority: by lane, and the keys that take turns. Owned by the partition's
 * thread.
 */
final class Grade {
  final int priority;

  /** Sections that nothing is known to hold back. */
  final Standing<Section> open = new Standing<>();

  private final Set<Section> all = new HashSet<>();
  private final Map<@Nullable String, Share> shares = new HashMap<>();

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

  /** The share of a key; that of a new one has the last turn. */
  Share share(@Nullable String key, LongSupplier numbers) {
    Share present = shares.get(key);
    if (present == null) {
      present = new Share(key, numbers.getAsLong());
      shares.put(key, present);
    }
    return present;
  }

  /** One line less for a share; it is forgotten with the last. */
  void leave(Share share) {
    if (--share.lines == 0) {
      shares.remove(share.key);
    }
  }

  /** A key has had its turn. A key that is alone has no turns, which spares its lines the move. */
  void served(Share share, LongSupplier numbers) {
    if (shares.size() > 1) {
      share.turn = numbers.getAsLong();
    }
  }

  /**
   * The line whose turn it is; something must be open. Lines of a key that has been served move
   * only when they come up here: turns only grow, so where they stood is never too far behind.
   */
  Line next() {
    while (true) {
      Line line = open.next().open.next().lines.next();
      if (!line.isLate()) {
        return line;
      }
      line.reseat();
    }
  }

  /** The line whose first task has waited longest; something must be open. */
  Line oldest() {
    return open.oldest().open.oldest().lines.oldest();
  }

  /** Where a task that came at this time stands among those of all priorities; smaller is first. */
  long rank(Line line) {
    return line.first().age().millis() - priority * TaskQueue.POINT_MILLIS;
  }
}
