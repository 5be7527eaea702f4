package dev.capstan.server.log;

import java.util.concurrent.TimeUnit;

/**
 * Ends the library's thread that drops old segments from memory, before a log is closed. The
 * library waits for that thread while it holds the log's write lock; when the thread just wants
 * that lock, as it does when the leader has changed a few times, neither would ever go on.
 */
final class EvictionEnd {
  private static final long LONGEST_MILLIS = TimeUnit.SECONDS.toMillis(10);

  private EvictionEnd() {}

  /**
   * Returns when the thread is gone: it holds the lock for moments only, and stops at an interrupt.
   *
   * @param division how the library begins the names of the division's threads
   */
  static void await(String division) {
    Thread eviction = DivisionThreads.find(division, "cacheEviction");
    if (eviction == null) {
      return;
    }
    eviction.interrupt();
    try {
      eviction.join(LONGEST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
