package dev.capstan.server.boot;

import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionStatus;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What partition, log, store and disk tell of themselves, as metrics. */
final class EngineReadings implements MetricsSource {
  private static final int BELOW_16_MS = 5;
  private static final int BELOW_128_MS = 8;
  private static final int BELOW_1_S = 11;

  private final String id;
  private final String coordinator;
  private final Partition partition;
  private final ReplicatedLog log;
  private final Store store;
  private final NodeDirectory nodes;
  private final @Nullable Path data;

  /**
   * @param data where the disk is; null where another partition tells what all of them share
   */
  EngineReadings(
      String id,
      String coordinator,
      Partition partition,
      ReplicatedLog log,
      Store store,
      NodeDirectory nodes,
      @Nullable Path data) {
    this.id = id;
    this.coordinator = coordinator;
    this.partition = partition;
    this.log = log;
    this.store = store;
    this.nodes = nodes;
    this.data = data;
  }

  @Override
  public void read(Readings readings) {
    PartitionStatus status = partition.status();
    decisions(readings, status);
    tasks(readings, status);
    timers(readings, status);
    log(readings, log.status());
    disk(readings, store.status());
  }

  private void decisions(Readings readings, PartitionStatus status) {
    readings.value(Metric.INBOX, status.inboxRequests(), id);
    readings.value(Metric.INBOX_REFUSED, status.inboxRefused(), id);
    readings.value(Metric.COMMANDS, status.decided(), id, "accepted");
    status
        .rejected()
        .forEach((reason, count) ->
            readings.value(Metric.COMMANDS, count, id, reason.name().toLowerCase(Locale.ROOT)));
    readings.value(Metric.EVENTS, status.events(), id);
    readings.value(Metric.BATCHES, status.batches(), id);
    readings.value(Metric.BATCH_BYTES, status.batchBytes(), id);
    readings.value(Metric.POISONED, status.poisoned(), id);
    readings.value(Metric.OUTBOX, status.outbox(), id);
    readings.value(Metric.AUDIT_ENTRIES, status.auditEntries(), id);
  }

  private void tasks(Readings readings, PartitionStatus status) {
    status
        .tasksWaiting()
        .forEach((kind, count) -> readings.value(Metric.TASKS_WAITING, count, id, kind));
    readings.value(Metric.TASKS_RUNNING, status.attemptsRunning(), id);
    readings.value(Metric.TASKS_LISTENING, status.subscriptions(), id);
    readings.value(Metric.TASKS_DISPATCHED, status.dispatched(), id);
    readings.value(Metric.REPORTS_STALE, status.staleTokens(), "token");
    readings.value(Metric.REPORTS_STALE, status.unknownReports(), "execution");
    readings.value(Metric.REPORTS_STALE, nodes.unheldReports(), "holder");
  }

  private void timers(Readings readings, PartitionStatus status) {
    List<Long> late = status.timersLateMillis();
    readings.value(Metric.TIMERS_ARMED, status.timersArmed(), id);
    readings.value(Metric.TIMERS_FIRED, sum(late, 0, BELOW_16_MS), id, "below 16ms");
    readings.value(Metric.TIMERS_FIRED, sum(late, BELOW_16_MS, BELOW_128_MS), id, "below 128ms");
    readings.value(Metric.TIMERS_FIRED, sum(late, BELOW_128_MS, BELOW_1_S), id, "below 1s");
    readings.value(Metric.TIMERS_FIRED, sum(late, BELOW_1_S, late.size()), id, "over");
  }

  private static long sum(List<Long> counts, int from, int to) {
    return counts.subList(from, to).stream().mapToLong(Long::longValue).sum();
  }

  private void log(Readings readings, LogStatus status) {
    readings.value(Metric.LOG_IN_FLIGHT_BYTES, status.inFlightBytes(), id);
    readings.value(Metric.LOG_FIRST, status.firstIndex(), id);
    readings.value(Metric.LOG_LAST, status.lastIndex(), id);
    readings.value(Metric.LOG_SNAPSHOT, status.snapshotIndex(), id);
    readings.value(Metric.LOG_BYTES, status.bytesOnDisk(), id);
    readings.value(
        Metric.LOG_LAG, Math.max(0, status.lastIndex() - status.appliedIndex()), id, coordinator);
    readings.value(Metric.LOG_SILENCE, 0, id, coordinator);
    for (LogStatus.Peer peer : status.peers()) {
      readings.value(Metric.LOG_LAG, peer.lag(), id, peer.node());
      readings.value(Metric.LOG_SILENCE, peer.silentMillis() / 1000.0, id, peer.node());
    }
  }

  private void disk(Readings readings, StoreStatus status) {
    readings.value(Metric.STORE_BYTES, status.bytesOnDisk());
    readings.value(Metric.STORE_MEMORY, status.bytesInMemory());
    if (data == null) {
      return;
    }
    readings.value(Metric.STORE_CACHE, status.bytesCached());
    try {
      readings.value(Metric.DISK_FREE, Files.getFileStore(data).getUsableSpace());
    } catch (IOException gone) {
      readings.value(Metric.DISK_FREE, 0);
    }
  }
}
