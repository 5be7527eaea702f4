package dev.capstan.server.boot;

import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.membership.Voters;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** The replicas of a group, by what its log knows of them. */
final class GroupVoters implements Voters {
  private static final Duration HAND_OVER = Duration.ofSeconds(2);

  private final RatisLogs logs;
  private final String group;
  private final String self;
  private final Heirs heirs;

  GroupVoters(RatisLogs logs, String group, String self, Heirs heirs) {
    this.heirs = heirs;
    this.logs = logs;
    this.group = group;
    this.self = self;
  }

  @Override
  public Set<String> members() {
    return new TreeSet<>(logs.members(group));
  }

  @Override
  public Set<String> answering() {
    Set<String> answering = new TreeSet<>(Set.of(self));
    logs.log(group).status().peers().stream()
        .filter(LogStatus.Peer::answers)
        .map(LogStatus.Peer::node)
        .forEach(answering::add);
    return answering;
  }

  @Override
  public CompletableFuture<?> handOver() {
    return CompletableFuture.runAsync(
        () -> {
          boolean _ = logs.handOver(heirs, HAND_OVER);
          if (self.equals(logs.log(group).role().leader())) {
            throw new IllegalStateException("nobody took over");
          }
        },
        run -> Thread.ofVirtual().name("capstan-hand-over").start(run));
  }
}
