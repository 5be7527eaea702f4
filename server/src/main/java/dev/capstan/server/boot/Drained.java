package dev.capstan.server.boot;

import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.RatisLogs;
import java.time.Duration;
import java.util.HashMap;
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
final class Drained implements Runnable {
  private static final Duration AT_MOST = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Drained.class);

  private final RatisLogs logs;
  private final Iterable<LocalPartition> partitions;
  private final Heirs heirs;
  private final String self;
  private final Map<Integer, CompletableFuture<?>> underWay = new HashMap<>();

  /**
   * @param heirs of whom those rest that are spared
   */
  Drained(RatisLogs logs, Iterable<LocalPartition> partitions, Heirs heirs, String self) {
    this.heirs = heirs;
    this.logs = logs;
    this.partitions = partitions;
    this.self = self;
  }

  @Override
  public void run() {
    if (!heirs.spared().test(self)) {
      return;
    }
    for (LocalPartition each : partitions) {
      CompletableFuture<?> before = underWay.get(each.number());
      if (each.leadership().isHere() && (before == null || before.isDone())) {
        handOver(each);
      }
    }
  }

  private void handOver(LocalPartition partition) {
    heirs.unspared(partition.log().status()).stream()
        .findFirst()
        .ifPresent(next -> {
          LOG.info(
              "Partition {} is handed over to {}: this coordinator leaves leading to others",
              partition.number(),
              next);
          underWay.put(
              partition.number(),
              logs.handOver(partition.group(), next, AT_MOST)
                  .exceptionally(failure -> {
                    LOG.info(
                        "Partition {} stays here for now: {}",
                        partition.number(),
                        failure.getMessage());
                    return null;
                  }));
        });
  }
}
