package dev.capstan.server.partition;

import org.jspecify.annotations.Nullable;

/**
 * What a key has of the slots that go to one priority: one turn among the others, wherever its
 * tasks stand. Owned by the partition's thread.
 */
final class Share {
  /** Null for all tasks that name none. */
  final @Nullable String key;

  /** Smaller is earlier; only ever grows. */
  long turn;

  /** In how many lines its tasks stand. */
  int lines;

  Share(@Nullable String key, long turn) {
    this.key = key;
    this.turn = turn;
  }
}
