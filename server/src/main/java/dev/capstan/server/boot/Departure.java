package dev.capstan.server.boot;

import dev.capstan.server.http.HttpServer;
import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.RatisLogs;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a coordinator does first when it stops in order, while all its doors are open: it lets
 * others lead what it leads, and stays until those who are with it have gone there. Workers have
 * standby connections to whoever leads next; clients' requests are sent on meanwhile, and the
 * answers say who leads.
 */
final class Departure {
  private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

  /** One replica is asked for so long at most; then the choice is made anew. */
  private static final Duration TURN = Duration.ofSeconds(2);

  /** Clients that wait for an end look around several times a second. */
  private static final Duration STAY = Duration.ofSeconds(1);

  private static final long LOOK_EVERY_MILLIS = 5;

  private final RatisLogs logs;
  private final Heirs heirs;
  private final List<LocalPartition> partitions;
  private final @Nullable HttpServer http;
  private final String self;
  private boolean begun;
  private volatile boolean leaves;

  Departure(
      RatisLogs logs,
      Heirs heirs,
      List<LocalPartition> partitions,
      @Nullable HttpServer http,
      String self) {
    this.logs = logs;
    this.heirs = heirs;
    this.partitions = List.copyOf(partitions);
    this.http = http;
    this.self = self;
  }

  /**
   * Returns when others lead, as far as anybody can, and nobody is left here; once.
   *
   * @param atMost for handing over; what nobody has taken over by then is missed and found as that
   *     of a coordinator that has failed
   */
  synchronized void take(Duration atMost) {
    if (begun) {
      return;
    }
    begun = true;
    long start = System.nanoTime();
    long end = start + atMost.toNanos();
    boolean mayBeLed = partitions.stream().anyMatch(this::isLedHere);
    while (mayBeLed && isLeft(end) && !areLedElsewhere()) {
      // The one that was asked may lose its election, and then this one may win the next.
      mayBeLed = (!leadsAny() || logs.handOver(heirs, shorter(TURN, end))) && pause();
    }
    if (http != null && areLedElsewhere()) {
      LOG.info(
          "Others lead after {} ms; this coordinator leaves",
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      leaves = true;
      http.sendAway();
      long left = System.nanoTime() + STAY.toNanos();
      while (isLeft(left) && !http.isQuiet() && pause()) {}
    }
  }

  /** Whether others lead, and whoever is still here had better go to them. */
  boolean leaves() {
    return leaves;
  }

  private boolean leadsAny() {
    return partitions.stream().anyMatch(each -> each.log().role().leads());
  }

  /** Also while it is being handed over, which may fail. */
  private boolean isLedHere(LocalPartition partition) {
    return partition.leadership().isHere() || self.equals(partition.leader());
  }

  private boolean areLedElsewhere() {
    return partitions.stream().allMatch(this::isLedElsewhere);
  }

  private boolean isLedElsewhere(LocalPartition partition) {
    String leader = partition.leader();
    return !partition.leadership().isHere() && leader != null && !leader.equals(self);
  }

  private static boolean isLeft(long end) {
    return System.nanoTime() - end < 0;
  }

  private static Duration shorter(Duration turn, long end) {
    Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
    return left.compareTo(turn) < 0 ? left : turn;
  }

  private static boolean pause() {
    try {
      Thread.sleep(LOOK_EVERY_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
