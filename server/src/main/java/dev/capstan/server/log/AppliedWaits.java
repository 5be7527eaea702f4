package dev.capstan.server.log;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** Those who wait until an index is applied. Any thread. */
final class AppliedWaits {
  private final TreeMap<Long, List<CompletableFuture<Long>>> waiting = new TreeMap<>();

  /** So that an entry nobody waits for takes no lock. */
  private volatile long first = Long.MAX_VALUE;

  /**
   * Completes with the applied index when it has reached an index.
   *
   * @param applied tells how far it is; told to {@link #reached} after each step
   */
  CompletableFuture<Long> until(long index, LongSupplier applied) {
    CompletableFuture<Long> wait = new CompletableFuture<>();
    synchronized (this) {
      waiting.computeIfAbsent(index, _ -> new ArrayList<>()).add(wait);
      first = waiting.firstKey();
    }
    // It may have been reached before anybody could see who waits.
    reached(applied.getAsLong());
    return wait;
  }

  void reached(long applied) {
    if (applied < first) {
      return;
    }
    List<CompletableFuture<Long>> done = new ArrayList<>();
    synchronized (this) {
      var reached = waiting.headMap(applied, true);
      reached.values().forEach(done::addAll);
      reached.clear();
      first = waiting.isEmpty() ? Long.MAX_VALUE : waiting.firstKey();
    }
    done.forEach(wait -> wait.complete(applied));
  }

  /** Nothing more will be applied. */
  void fail(LogException why) {
    List<CompletableFuture<Long>> lost = new ArrayList<>();
    synchronized (this) {
      waiting.values().forEach(lost::addAll);
      waiting.clear();
      first = Long.MAX_VALUE;
    }
    lost.forEach(wait -> wait.completeExceptionally(why));
  }
}
