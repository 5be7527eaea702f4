package dev.capstan.server.partition;

import java.util.LinkedHashSet;

/**
 * The log indexes of the last batches that were refused. Who proposed one asks at once when it is
 * committed, so a few are enough. Safe for any thread.
 */
final class RefusedBatches {
  private static final int REMEMBERED = 1_000;

  private final LinkedHashSet<Long> indexes = new LinkedHashSet<>();

  synchronized void add(long index) {
    indexes.addLast(index);
    if (indexes.size() > REMEMBERED) {
      indexes.removeFirst();
    }
  }

  synchronized boolean contains(long index) {
    return indexes.contains(index);
  }
}
