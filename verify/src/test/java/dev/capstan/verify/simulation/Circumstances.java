package dev.capstan.verify.simulation;

import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.core.decision.WaitingRules;
import dev.capstan.core.placement.Strategy;
import dev.capstan.node.config.Limits;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.partition.PartitionLimits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * What a cluster is told at its start; drawn from the seed, so that all runs together have been in
 * all of them.
 *
 * @param coordinators how many there are at first
 * @param spares how many may be taken in
 * @param partitions how many there are
 * @param clocks by how many milliseconds the clock of a coordinator may be off
 * @param inbox how many requests of clients may wait
 * @param batches how many may be on their way to the disk
 * @param batchBytes when one is full; what is left comes into the next
 * @param nodes how many workers may be connected
 * @param snapshotEntries after so many entries of the log there is a snapshot
 */
record Circumstances(
    int coordinators,
    int spares,
    int partitions,
    long clocks,
    Strategy strategy,
    RecoveryStrategy recovery,
    int inbox,
    int batches,
    int batchBytes,
    int nodes,
    int snapshotEntries) {
  private static final List<Strategy> STRATEGIES =
      List.of(
          new Strategy.LoadBalanced(),
          new Strategy.RoundRobin(),
          new Strategy.BinPack(),
          new Strategy.Spread(null),
          new Strategy.Affinity(null));
  private static final List<RecoveryStrategy> RECOVERIES = List.of(RecoveryStrategy.values());
  private static final List<Integer> COORDINATORS = List.of(1, 3, 3, 3, 3, 3, 3, 5, 5, 5);
  private static final List<Integer> PARTITIONS = List.of(1, 1, 1, 1, 2, 2, 2, 3, 3, 3);
  private static final long USUAL_CLOCKS = 500;

  /** A time zone that was set wrong. */
  static final long WRONG_CLOCKS = TimeUnit.HOURS.toMillis(1);

  private static final int USUAL_BATCHES = PartitionLimits.ofDefaults().batchesInFlight();
  private static final int USUAL_BATCH_BYTES = PartitionLimits.ofDefaults().batchBytes();
  private static final Duration RECOVERY_TIMEOUT = Duration.ofMillis(500);

  static Circumstances drawn(RandomGenerator random, int workers) {
    return new Circumstances(
        COORDINATORS.get(random.nextInt(COORDINATORS.size())),
        random.nextInt(2),
        PARTITIONS.get(random.nextInt(PARTITIONS.size())),
        random.nextInt(4) == 0 ? WRONG_CLOCKS : USUAL_CLOCKS,
        STRATEGIES.get(random.nextInt(STRATEGIES.size())),
        RECOVERIES.get(random.nextInt(RECOVERIES.size())),
        random.nextInt(3) == 0 ? 6 : 1_000,
        random.nextInt(1, USUAL_BATCHES + 1),
        random.nextInt(3) == 0 ? random.nextInt(1_024, 4_096) : USUAL_BATCH_BYTES,
        random.nextInt(4) == 0 ? workers - 1 : workers,
        random.nextBoolean() ? 1_000_000 : random.nextInt(10, 200));
  }

  /** All nodes may be connected, and one clock at a time is off by an hour. */
  Circumstances withWrongClocks(int workers) {
    return new Circumstances(
        coordinators,
        0,
        partitions,
        WRONG_CLOCKS,
        strategy,
        recovery,
        inbox,
        batches,
        batchBytes,
        workers,
        snapshotEntries);
  }

  /** Which partition owns what. */
  KeySpace keys() {
    return new KeySpace(partitions);
  }

  WaitingRules waiting() {
    return new WaitingRules(null, recovery, RECOVERY_TIMEOUT);
  }

  PartitionLimits partition() {
    PartitionLimits usual = PartitionLimits.ofDefaults();
    return usual.withInbox(inbox, usual.inboxBytes()).withBatches(batches, batchBytes);
  }

  LogOptions log() {
    return LogOptions.ofDefaults().withSnapshotEvery(snapshotEntries, Long.MAX_VALUE);
  }

  Limits limits() {
    Limits usual = Limits.DEFAULT;
    return new Limits(
        usual.payloadBytes(),
        usual.payloadDepth(),
        usual.definitionBytes(),
        usual.labels(),
        usual.labelLength(),
        usual.listSize(),
        nodes,
        usual.slotsPerNode(),
        usual.kindsPerNode(),
        usual.backlogBytes(),
        usual.watches(),
        usual.waits());
  }
}
