package dev.capstan.server.boot;

import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.RatisLogs;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
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
  private final Predicate<String> resting;
  private final String self;
  private final Map<Integer, CompletableFuture<?>> underWay = new HashMap<>();

  /**
   * @param resting whether a coordinator leaves leading to others
   */
  Drained(
      RatisLogs logs, Iterable<LocalPartition> partitions, Predicate<String> resting, String self) {
    this.logs = logs;
    this.partitions = partitions;
    this.resting = resting;
    this.self = self;
  }

  @Override
  public void run() {
    if (!resting.test(self)) {
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
    partition.log().status().peers().stream()
        .filter(LogStatus.Peer::answers)
        .filter(peer -> !resting.test(peer.node()))
        .max(Comparator.comparingLong(LogStatus.Peer::matchIndex))
        .ifPresent(next -> {
          LOG.info(
              "Partition {} is handed over to {}: this coordinator leaves leading to others",
              partition.number(),
              next.node());
          underWay.put(
              partition.number(),
              logs.handOver(partition.group(), next.node(), AT_MOST)
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
