package dev.capstan.server.agreement;

import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the replicas again and again, at the latest index that all who answer have reached. A
 * replica that finds a majority against itself stops: whatever it would go on with is not the
 * state. One that finds others to differ raises an alarm, and so do all where no majority agrees.
 */
public final class StateWatch implements MetricsSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StateWatch.class);

  private final Replicas replicas;
  private final String partition;
  private final Consumer<StorageFailure> stop;
  private final LongAdder equal = new LongAdder();
  private final LongAdder different = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private volatile List<String> differing = List.of();
  private final Rounds rounds = new Rounds("capstan-state-watch");

  /**
   * @param partition what it is called in metrics
   * @param stop takes this replica out of service
   */
  public StateWatch(Replicas replicas, String partition, Consumer<StorageFailure> stop) {
    this.replicas = replicas;
    this.partition = partition;
    this.stop = stop;
  }

  /**
   * Begins to compare; called once.
   *
   * @param pause between two comparisons
   */
  public void start(Duration pause) {
    rounds.start(() -> {
      Thread.sleep(pause);
      look();
    });
  }

  /** Compares once; blocks until the others have answered. One thread at a time. */
  void look() throws InterruptedException {
    try {
      hear(compare());
    } catch (RuntimeException e) {
      LOG.error("The replicas were not compared", e);
    }
  }

  @Override
  public void close() {
    rounds.close();
  }

  private Verdict compare() throws InterruptedException {
    long index = commonIndex(replicas.ask(-1));
    return Verdict.of(index, replicas.ask(index));
  }

  private static long commonIndex(List<ReplicaState> states) {
    return states.stream()
        .map(ReplicaState::latest)
        .filter(Objects::nonNull)
        .mapToLong(StateDigest::index)
        .min()
        .orElse(-1);
  }

  private void hear(Verdict verdict) {
    if (!verdict.saysSomething()) {
      unknown.increment();
      return;
    }
    if (verdict.differing().isEmpty()) {
      equal.increment();
      differing = List.of();
      return;
    }
    different.increment();
    tell(verdict);
    if (verdict.isWrong(replicas.self())) {
      stop.accept(
          new StorageFailure(
              StorageFailure.Code.STATE_DIFFERS,
              "the state of this replica is not that of the others at index "
                  + verdict.index()
                  + "; empty its data directory and join again, so that it gets theirs",
              null));
    }
  }

  private void tell(Verdict verdict) {
    if (!verdict.differing().equals(differing)) {
      LOG.error(
          verdict.agreed() == null
              ? "Replicas have different states at index {}, and no majority agrees: {}"
              : "Replicas have another state than the majority at index {}: {}",
          verdict.index(),
          verdict.differing());
    }
    differing = verdict.differing();
  }

  @Override
  public void read(Readings readings) {
    readings.value(Metric.STATE_COMPARISONS, equal.sum(), partition, "equal");
    readings.value(Metric.STATE_COMPARISONS, different.sum(), partition, "different");
    readings.value(Metric.STATE_COMPARISONS, unknown.sum(), partition, "unknown");
    readings.value(Metric.STATE_DIFFERING, differing.size(), partition);
  }
}
