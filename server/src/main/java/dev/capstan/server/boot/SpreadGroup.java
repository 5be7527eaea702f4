package dev.capstan.server.boot;

import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.RatisLogs;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A partition of this coordinator, whose leadership may be handed over. */
record SpreadGroup(LocalPartition partition, RatisLogs logs) implements Spread.Group {
  static List<SpreadGroup> all(List<LocalPartition> partitions, RatisLogs logs) {
    return partitions.stream().map(each -> new SpreadGroup(each, logs)).toList();
  }

  @Override
  public int number() {
    return partition.number();
  }

  @Override
  public boolean isHere() {
    return partition.leadership().isHere();
  }

  @Override
  public @Nullable String leader() {
    return partition.leader();
  }

  @Override
  public List<String> members() {
    return logs.members(partition.group());
  }

  @Override
  public LogStatus status() {
    return partition.log().status();
  }

  @Override
  public CompletableFuture<?> handOver(String node, Duration atMost) {
    return logs.handOver(partition.group(), node, atMost);
  }
}
