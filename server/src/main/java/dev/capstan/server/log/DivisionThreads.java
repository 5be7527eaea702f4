package dev.capstan.server.log;

import org.jspecify.annotations.Nullable;

/** The library's own threads, which it hands out to nobody. */
final class DivisionThreads {
  private DivisionThreads() {}

  /**
   * A thread of a division; null if there is none.
   *
   * @param division how the library begins the names of the division's threads
   * @param part of the name
   */
  static @Nullable Thread find(String division, String part) {
    ThreadGroup top = Thread.currentThread().getThreadGroup();
    while (top.getParent() != null) {
      top = top.getParent();
    }
    Thread[] threads = new Thread[top.activeCount() * 2 + 16];
    int count = top.enumerate(threads);
    for (int i = 0; i < count; i++) {
      String name = threads[i].getName();
      if (name.startsWith(division) && name.contains(part)) {
        return threads[i];
      }
    }
    return null;
  }
}
