package dev.capstan.server.nodes;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Questions of users whether nodes are there. One that has no connection and may come back is
 * waited for; everybody who waits gets an answer when this coordinator leads no more. Safe for any
 * thread; no call waits.
 */
final class Inquiries {
  /**
   * A probe waits for so many times as long as nodes may take to come back: they are given up long
   * before, unless that can't be made durable.
   */
  private static final long RETURNS_AWAITED = 4;

  private final NodeSettings settings;
  private final LedPartition partition;
  private final SlotAccount account;
  private final Returns returns;

  /**
   * @param returns tells when a node is back or lost
   */
  Inquiries(NodeSettings settings, LedPartition partition, SlotAccount account, Returns returns) {
    this.settings = settings;
    this.partition = partition;
    this.account = account;
    this.returns = returns;
  }

  /** As {@link NodeDirectory#probe}. */
  CompletableFuture<NodeProbe> probe(String id) {
    known(id);
    CompletableFuture<Void> settled = returns.of(id);
    if (!account.mayComeBack(id)) {
      settled.complete(null);
    }
    return settled
        .completeOnTimeout(null, RETURNS_AWAITED * settings.returnNanos(), TimeUnit.NANOSECONDS)
        .thenCompose(_ -> ask(id));
  }

  /** As {@link NodeDirectory#settled}. */
  CompletableFuture<Void> settled(String id, Duration atMost) {
    CompletableFuture<Void> settled = returns.of(id);
    LiveNode node = account.live(id);
    if (!partition.isLed() || (node != null && node.disconnected == null && !node.suspect)) {
      settled.complete(null);
    }
    return settled
        .completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS)
        .thenAccept(_ -> requireLeading());
  }

  private void requireLeading() {
    if (!partition.isLed()) {
      throw Presence.leadsNoMore();
    }
  }

  private CompletableFuture<NodeProbe> ask(String id) {
    LiveNode node = account.live(id);
    if (node == null) {
      return CompletableFuture.completedFuture(probed(id, null, null));
    }
    CompletableFuture<@Nullable Long> round =
        node.session
            .probe()
            .<@Nullable Long>thenApply(nanos -> nanos)
            .completeOnTimeout(null, settings.silenceNanos(), TimeUnit.NANOSECONDS);
    return round.thenApply(nanos -> probed(id, nanos, node.session.silentNanos()));
  }

  private NodeProbe probed(String id, @Nullable Long roundNanos, @Nullable Long silentNanos) {
    return new NodeProbe(
        known(id),
        roundNanos == null ? null : Duration.ofNanos(roundNanos),
        silentNanos == null ? null : Duration.ofNanos(silentNanos),
        Duration.ofNanos(settings.silenceNanos()));
  }

  private KnownNode known(String id) {
    requireLeading();
    return account.nodes().stream()
        .filter(node -> node.profile().id().equals(id))
        .findFirst()
        .orElseThrow(() -> NodeRegister.unknown(id));
  }
}
