package dev.capstan.server.boot;

import dev.capstan.server.log.Heirs;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over what this coordinator leads while it is drained or its clock is wrong, to whoever has
 * most of it and does not rest too. It may be elected all the same, when a leader is gone; then it
 * hands over what it got. Where nobody else can lead, it does. Looked at again and again, on one
 * thread.
 */
public final class Drained implements Runnable {
  private static final Duration AT_MOST = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Drained.class);

  private final List<? extends Spread.Group> groups;
  private final Heirs heirs;
  private final String self;
  private final Map<Integer, CompletableFuture<?>> underWay = new HashMap<>();

  /**
   * Of one coordinator.
   *
   * @param groups all partitions
   * @param heirs of whom those rest that are spared
   */
  public Drained(List<? extends Spread.Group> groups, Heirs heirs, String self) {
    this.groups = List.copyOf(groups);
    this.heirs = heirs;
    this.self = self;
  }

  @Override
  public void run() {
    if (!heirs.spared().test(self)) {
      return;
    }
    for (Spread.Group each : groups) {
      CompletableFuture<?> before = underWay.get(each.number());
      if (each.isHere() && (before == null || before.isDone())) {
        handOver(each);
      }
    }
  }

  private void handOver(Spread.Group group) {
    heirs.unspared(group.status()).stream()
        .findFirst()
        .ifPresent(next -> {
          LOG.info(
              "Partition {} is handed over to {}: this coordinator leaves leading to others",
              group.number(),
              next);
          underWay.put(
              group.number(),
              group
                  .handOver(next, AT_MOST)
                  .exceptionally(failure -> {
                    LOG.info(
                        "Partition {} stays here for now: {}",
                        group.number(),
                        failure.getMessage());
                    return null;
                  }));
        });
  }
}
