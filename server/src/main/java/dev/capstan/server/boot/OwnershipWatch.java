package dev.capstan.server.boot;

import dev.capstan.core.execution.Execution;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.OwnershipFindings;
import dev.capstan.server.partition.OwnershipSample;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The check that is always on: goes round all executions that have not ended, a few at a time, and
 * raises an alarm when one has no owner. Histories are read here and not on the partition's thread,
 * which only compares.
 */
final class OwnershipWatch implements MetricsSource {
  private static final Logger LOG = LoggerFactory.getLogger(OwnershipWatch.class);
  private static final int AT_A_TIME = 100;

  /**
   * Events of histories that are read for one look; executions beyond are only checked while they
   * are in memory.
   */
  private static final int EVENTS_READ = 10_000;

  private static final int REMEMBERED = 1_000;

  private final Partition partition;
  private final ExecutionIndex index;
  private final PartitionReader reader;
  private final String id;
  private final LongAdder checked = new LongAdder();
  private final LongAdder violations = new LongAdder();
  private final AtomicBoolean busy = new AtomicBoolean();

  /** Violations that were told, so that each is told once. Whoever is busy. */
  private final Set<String> told = new LinkedHashSet<>();

  private byte @Nullable [] cursor;

  OwnershipWatch(Partition partition, ExecutionIndex index, PartitionReader reader, String id) {
    this.partition = partition;
    this.index = index;
    this.reader = reader;
    this.id = id;
  }

  /** Checks the next few; does nothing while those before are not done. */
  void look() {
    if (!busy.compareAndSet(false, true)) {
      return;
    }
    try {
      ExecutionIndex.IdPage page = index.open(cursor, AT_A_TIME);
      cursor = page.next();
      check(page.ids().stream().map(each -> new OwnershipSample(each, null)).toList());
    } catch (RuntimeException e) {
      busy.set(false);
      throw e;
    }
  }

  private void check(List<OwnershipSample> samples) {
    CompletableFuture<Void> _ =
        partition
            .check(samples)
            .thenComposeAsync(found -> {
              tell(found);
              List<OwnershipSample> read = read(found.unknown());
              return read.isEmpty()
                  ? CompletableFuture.completedFuture(
                      new OwnershipFindings(0, List.of(), List.of()))
                  : partition.check(read);
            })
            .thenAccept(this::tell)
            .whenComplete((_, failure) -> {
              if (failure != null) {
                LOG.debug("Some executions were not checked: {}", failure.getMessage());
              }
              busy.set(false);
            });
  }

  private List<OwnershipSample> read(List<String> ids) {
    List<OwnershipSample> samples = new ArrayList<>();
    long events = 0;
    for (String each : ids) {
      Summary summary = reader.summary(each, false);
      if (summary == null
          || summary.status().hasEnded()
          || events + summary.eventCount() > EVENTS_READ) {
        continue;
      }
      events += summary.eventCount();
      Execution state = reader.replay(each);
      if (state != null) {
        samples.add(new OwnershipSample(each, state));
      }
    }
    return samples;
  }

  private void tell(OwnershipFindings found) {
    checked.add((long) found.checked() - found.unknown().size());
    for (String violation : found.violations()) {
      if (told.add(violation)) {
        violations.increment();
        LOG.error("Something has no owner: {}", violation);
      }
    }
    while (told.size() > REMEMBERED) {
      told.remove(told.iterator().next());
    }
  }

  @Override
  public void read(Readings readings) {
    readings.value(Metric.OWNERSHIP_CHECKED, checked.sum(), id);
    readings.value(Metric.OWNERSHIP_VIOLATIONS, violations.sum(), id);
  }
}
