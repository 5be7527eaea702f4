package dev.capstan.server.partition;

import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Executions in memory, the least recently used first to go. One whose last change is not applied
 * yet never goes: the store does not have it. Owned by the partition's thread.
 */
final class ExecutionCache {
  private final int limit;
  private final long byteLimit;
  private final Map<String, LiveExecution> byId = new LinkedHashMap<>(1024, 0.75f, true);
  private long bytes;

  ExecutionCache(int limit, long byteLimit) {
    this.limit = limit;
    this.byteLimit = byteLimit;
  }

  @Nullable LiveExecution get(String id) {
    return byId.get(id);
  }

  void put(LiveExecution live) {
    LiveExecution before = byId.put(live.id(), live);
    bytes += live.weight() - (before == null ? 0 : before.weight());
  }

  void remove(LiveExecution live) {
    if (byId.remove(live.id(), live)) {
      bytes -= live.weight();
    }
  }

  /** Takes note of bytes that were added to an execution's history. */
  void wrote(LiveExecution live, int count) {
    long change = live.wrote(count);
    if (byId.containsKey(live.id())) {
      bytes += change;
    }
  }

  /** Forgets what is beyond the limits, as far as batches up to {@code applied} allow. */
  void evict(long applied) {
    if (byId.size() <= limit && bytes <= byteLimit) {
      return;
    }
    Iterator<LiveExecution> eldest = byId.values().iterator();
    while (eldest.hasNext() && (byId.size() > limit || bytes > byteLimit)) {
      LiveExecution live = eldest.next();
      if (live.lastBatch <= applied && live.touched == null) {
        eldest.remove();
        bytes -= live.weight();
      }
    }
  }

  Collection<LiveExecution> all() {
    return Collections.unmodifiableCollection(byId.values());
  }

  int size() {
    return byId.size();
  }

  long bytes() {
    return bytes;
  }

  void clear() {
    byId.clear();
    bytes = 0;
  }
}
