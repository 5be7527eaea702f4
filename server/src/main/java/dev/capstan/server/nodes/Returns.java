package dev.capstan.server.nodes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for nodes without a connection to be back or lost. What waits runs on the thread that
 * settles it. Safe for any thread.
 */
final class Returns {
  private final Map<String, List<CompletableFuture<Void>>> waiting = new ConcurrentHashMap<>();

  /**
   * Completes when it is settled what becomes of a node. Whoever needs it no more completes it; to
   * miss nothing, look at the node after this call.
   */
  CompletableFuture<Void> of(String node) {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    waiting.compute(
        node,
        (_, before) -> {
          List<CompletableFuture<Void>> all = before == null ? new ArrayList<>() : before;
          all.add(settled);
          return all;
        });
    var _ = settled.whenComplete((_, _) -> forget(node, settled));
    return settled;
  }

  private void forget(String node, CompletableFuture<Void> settled) {
    waiting.computeIfPresent(
        node,
        (_, all) -> {
          all.removeIf(each -> each == settled);
          return all.isEmpty() ? null : all;
        });
  }

  /** A node is back, or lost. */
  void settle(String node) {
    @Nullable List<CompletableFuture<Void>> all = waiting.remove(node);
    if (all != null) {
      all.forEach(each -> each.complete(null));
    }
  }

  /** Nobody here will know what becomes of any node. */
  void settleAll() {
    List.copyOf(waiting.keySet()).forEach(this::settle);
  }
}
