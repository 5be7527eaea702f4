package dev.capstan.server.nodes;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for nodes without a connection to be back or lost. What waits runs on the thread that
 * settles it. Safe for any thread.
 */
final class Returns {
  private final Map<String, Map<Long, CompletableFuture<Void>>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();

  /**
   * Completes when it is settled what becomes of a node. Whoever needs it no more completes it; to
   * miss nothing, look at the node after this call.
   */
  CompletableFuture<Void> of(String node) {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    long number = numbers.incrementAndGet();
    waiting.compute(
        node,
        (_, before) -> {
          Map<Long, CompletableFuture<Void>> all = before == null ? new HashMap<>() : before;
          all.put(number, settled);
          return all;
        });
    var _ = settled.whenComplete((_, _) -> forget(node, number));
    return settled;
  }

  private void forget(String node, long number) {
    waiting.computeIfPresent(
        node,
        (_, all) -> {
          all.remove(number);
          return all.isEmpty() ? null : all;
        });
  }

  /** A node is back, or lost. */
  void settle(String node) {
    @Nullable Map<Long, CompletableFuture<Void>> all = waiting.remove(node);
    if (all != null) {
      all.values().forEach(each -> each.complete(null));
    }
  }

  /** Nobody here will know what becomes of any node. */
  void settleAll() {
    List.copyOf(waiting.keySet()).forEach(this::settle);
  }
}
