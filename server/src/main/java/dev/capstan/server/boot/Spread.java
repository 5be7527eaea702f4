package dev.capstan.server.boot;

import dev.capstan.node.env.Clock;
import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.RatisLogs;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spreads the leaderships of partitions over the coordinators. Each partition has a coordinator
 * that should lead it; another one that has led it quietly for a while hands it over when that one
 * has everything. The first partition stays where it is. Looked at again and again, on one thread.
 */
final class Spread implements Runnable {
  static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /**
   * So long nothing is handed over after a change, so that one change does not bring about the
   * next.
   */
  private static final Duration QUIET = Duration.ofSeconds(3);

  private static final Duration AT_MOST = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Spread.class);

  private final List<LocalPartition> partitions;
  private final RatisLogs logs;
  private final String self;
  private final Heirs heirs;
  private final Clock clock;
  private String leaders = "";
  private long changedNanos;

  Spread(List<LocalPartition> partitions, RatisLogs logs, String self, Heirs heirs, Clock clock) {
    this.heirs = heirs;
    this.partitions = partitions;
    this.logs = logs;
    this.self = self;
    this.clock = clock;
    this.changedNanos = clock.nanos();
  }

  @Override
  public void run() {
    String now = String.join(",", partitions.stream().map(each -> each.leader() + "").toList());
    if (!now.equals(leaders)) {
      leaders = now;
      changedNanos = clock.nanos();
    }
    if (clock.nanos() - changedNanos < QUIET.toNanos()) {
      return;
    }
    for (LocalPartition each : partitions) {
      if (each.number() > 0 && each.leadership().isHere() && handOver(each)) {
        return;
      }
    }
  }

  private boolean handOver(LocalPartition partition) {
    String first = partitions.getFirst().leader();
    List<String> members =
        logs.members(partition.group()).stream().filter(heirs.spared().negate()).toList();
    int start = first == null ? -1 : members.indexOf(first);
    if (start < 0) {
      return false;
    }
    String wanted = members.get((start + partition.number()) % members.size());
    if (wanted.equals(self) || !heirs.has(partition.log().status(), wanted)) {
      return false;
    }
    LOG.info("Partition {} is handed over to {}", partition.number(), wanted);
    var _ =
        logs.handOver(partition.group(), wanted, AT_MOST)
            .exceptionally(failure -> {
              LOG.info("Partition {} stays here: {}", partition.number(), failure.getMessage());
              return null;
            });
    return true;
  }
}
