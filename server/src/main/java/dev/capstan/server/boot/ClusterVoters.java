package dev.capstan.server.boot;

import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.membership.Voters;
import dev.capstan.server.post.Currency;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The replicas of all partitions, by what the logs here know of them. */
final class ClusterVoters implements Voters {
  private static final Duration HAND_OVER = Duration.ofSeconds(2);

  /** Longer than one that is asked waits for others to take over. */
  private static final Duration ASKED = Duration.ofSeconds(3);

  /** What others lead is heard of with their first entry. */
  private static final Duration HEARD_OF = Duration.ofSeconds(1);

  private static final Duration LOOK_EVERY = Duration.ofMillis(5);
  private static final byte[] NOTHING = new byte[0];

  private final RatisLogs logs;
  private final List<LocalPartition> partitions;
  private final List<Currency> currencies;
  private final @Nullable PeerNetwork network;
  private final String self;
  private final Heirs heirs;

  /**
   * @param currencies of the partitions
   * @param network the way to the others; null where there are none
   */
  ClusterVoters(
      RatisLogs logs,
      List<LocalPartition> partitions,
      List<Currency> currencies,
      @Nullable PeerNetwork network,
      String self,
      Heirs heirs) {
    this.logs = logs;
    this.partitions = partitions;
    this.currencies = currencies;
    this.network = network;
    this.self = self;
    this.heirs = heirs;
  }

  /** Answers one that leads the first partition and is going to put this coordinator out. */
  static byte[] letOthersLead(RatisLogs logs, Heirs heirs) {
    boolean _ = logs.handOver(heirs, HAND_OVER);
    return NOTHING;
  }

  @Override
  public List<Set<String>> groups() {
    return partitions.stream()
        .<Set<String>>map(partition -> new TreeSet<>(logs.members(partition.group())))
        .toList();
  }

  @Override
  public Set<String> answering() {
    Set<String> answering = new TreeSet<>(Set.of(self));
    partitions.getFirst().log().status().peers().stream()
        .filter(LogStatus.Peer::answers)
        .map(LogStatus.Peer::node)
        .forEach(answering::add);
    return answering;
  }

  @Override
  public CompletableFuture<?> confirm() {
    return CompletableFuture.allOf(
        currencies.stream().skip(1).map(Currency::confirm).toArray(CompletableFuture[]::new));
  }

  @Override
  public CompletableFuture<?> handOver() {
    return onItsOwn(() -> {
      boolean _ = logs.handOver(heirs, HAND_OVER);
      if (self.equals(partitions.getFirst().leader())) {
        throw new IllegalStateException("nobody took over");
      }
    });
  }

  @Override
  public CompletableFuture<?> relieve(String coordinator) {
    return coordinator.equals(self) || !leadsAny(coordinator)
        ? CompletableFuture.completedFuture(null)
        : onItsOwn(() -> askToLetOthersLead(coordinator));
  }

  private static CompletableFuture<?> onItsOwn(Runnable run) {
    return CompletableFuture.runAsync(
        run, waiting -> Thread.ofVirtual().name("capstan-hand-over").start(waiting));
  }

  private boolean leadsAny(String coordinator) {
    return partitions.stream().anyMatch(partition -> coordinator.equals(partition.leader()));
  }

  private void askToLetOthersLead(String coordinator) {
    PeerNetwork way = network;
    try {
      if (way != null) {
        byte[] _ = way.call(coordinator, PeerNetwork.Call.LET_LEAD, NOTHING, ASKED);
      }
      long end = System.nanoTime() + HEARD_OF.toNanos();
      while (leadsAny(coordinator) && System.nanoTime() - end < 0) {
        Thread.sleep(LOOK_EVERY);
      }
    } catch (IOException e) {
      throw new CompletionException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
    if (leadsAny(coordinator)) {
      throw new IllegalStateException("nobody took over what " + coordinator + " leads");
    }
  }
}
