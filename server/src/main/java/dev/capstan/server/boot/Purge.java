package dev.capstan.server.boot;

import dev.capstan.core.execution.Status;
import dev.capstan.node.config.Retention;
import dev.capstan.node.env.Clock;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.Partition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets executions that ended long ago: now and then goes through those that have ended, the
 * earliest start first, and hands a few at a time to the partition. On a thread of its own, which
 * reads and waits.
 */
final class Purge implements AutoCloseable, MetricsSource {
  private static final Logger LOG = LoggerFactory.getLogger(Purge.class);
  private static final List<Status> ENDED =
      Stream.of(Status.values()).filter(Status::hasEnded).toList();
  private static final int AT_A_TIME = 64;
  private static final Duration BETWEEN_PIECES = Duration.ofMillis(20);
  private static final int LONGEST_WAIT_SECONDS = 30;

  /** So many rows are counted anew in each round, more only now and then. */
  private static final long CHEAP = 100_000;

  private static final long COUNT_AGAIN_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Partition partition;
  private final ExecutionIndex index;
  private final Retention retention;
  private final Clock clock;
  private final LongSupplier endedSinceStart;
  private final String id;
  private final LongAdder purged = new LongAdder();
  private final ScheduledThreadPoolExecutor timer;

  /** Ended executions as they were counted last, and without those that the others count. */
  private long counted;

  private long others;
  private long countedNanos;
  private volatile boolean stale;
  private int status;
  private byte @Nullable [] cursor;

  /**
   * @param endedSinceStart how many more executions have ended since this process leads
   */
  Purge(
      Partition partition,
      ExecutionIndex index,
      Retention retention,
      Clock clock,
      LongSupplier endedSinceStart,
      String id) {
    this.partition = partition;
    this.index = index;
    this.retention = retention;
    this.clock = clock;
    this.endedSinceStart = endedSinceStart;
    this.id = id;
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("capstan-purge").factory());
  }

  /** What was counted may have been changed by another coordinator meanwhile. Any thread. */
  void recount() {
    stale = true;
  }

  void start() {
    plan(retention.every());
  }

  private void plan(Duration in) {
    try {
      Future<?> _ = timer.schedule(this::work, in.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      LOG.debug("Stopping: nothing is forgotten any more");
    }
  }

  private void work() {
    boolean more = false;
    try {
      more = piece();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("Executions could not be forgotten now: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Executions could not be forgotten; it is tried again", e);
    }
    plan(more ? BETWEEN_PIECES : retention.every());
  }

  /** Looks at the next few; whether the round goes on. */
  private boolean piece() throws InterruptedException, ExecutionException, TimeoutException {
    if (stale) {
      stale = false;
      status = 0;
      cursor = null;
      counted = 0;
    }
    long excess = excess();
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    Instant before = excess > 0 ? now : now.minus(retention.keep());
    ExecutionIndex.IdPage page = index.ended(ENDED.get(status), cursor, before, AT_A_TIME);
    List<String> ids = excess > 0 ? page.ids().stream().limit(excess).toList() : page.ids();
    if (!ids.isEmpty()) {
      purged.add(partition.purge(ids, before).get(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS));
    }
    cursor = page.next();
    if (cursor != null) {
      return true;
    }
    status = (status + 1) % ENDED.size();
    return status != 0;
  }

  /** How many have ended beyond those that may be kept. */
  private long excess() {
    if (retention.atMost() == Long.MAX_VALUE) {
      return 0;
    }
    boolean begins = status == 0 && cursor == null;
    boolean cheap = counted <= CHEAP || clock.nanos() - countedNanos > COUNT_AGAIN_NANOS;
    if (begins && cheap) {
      // An end between the two is left out until the next count, so that never too many go.
      counted = index.ended();
      others = counted - endedSinceStart.getAsLong() + purged.sum();
      countedNanos = clock.nanos();
    }
    return others + endedSinceStart.getAsLong() - purged.sum() - retention.atMost();
  }

  @Override
  public void read(Readings readings) {
    readings.value(Metric.EXECUTIONS_PURGED, purged.sum(), id);
  }

  @Override
  public void close() {
    Stopping.await(timer);
  }
}
