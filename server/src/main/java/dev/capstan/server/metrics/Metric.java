package dev.capstan.server.metrics;

import java.util.List;

/**
 * Every metric of this server: the catalogue that the reference is made from. Names follow
 * Prometheus' practice: one prefix, base units, {@code _total} for what only grows. Labels have few
 * values; never an id, a text or an address.
 */
public enum Metric {
  BUILD_INFO(
      "capstan_build_info", Kind.GAUGE, "1; its label tells the version that runs", "version"),
  READY("capstan_ready", Kind.GAUGE, "1 when requests can be served, else 0"),

  HTTP_REQUEST(
      "capstan_http_request_seconds",
      Kind.TIMER,
      "Time to answer an HTTP request; streams and long polls count with the time they were open",
      "operation",
      "status"),
  HTTP_STREAMS("capstan_http_streams", Kind.GAUGE, "Histories that are being streamed"),
  GRPC_STREAMS("capstan_grpc_streams", Kind.GAUGE, "Streams of starts that are open"),
  GRPC_STARTS(
      "capstan_grpc_starts_total",
      Kind.COUNTER,
      "Starts over gRPC: accepted, or refused with a code",
      "result"),

  PARTITION_LEADER(
      "capstan_partition_leader",
      Kind.GAUGE,
      "1 when this coordinator leads the partition",
      "partition"),
  PARTITION_TERM("capstan_partition_term", Kind.GAUGE, "Term of the partition's log", "partition"),
  PARTITION_COMMIT(
      "capstan_partition_commit_index",
      Kind.GAUGE,
      "Last index known to be on a majority",
      "partition"),
  PARTITION_APPLIED(
      "capstan_partition_applied_index",
      Kind.GAUGE,
      "Last index in this replica's store",
      "partition"),
  PARTITION_IN_FLIGHT(
      "capstan_partition_batches_in_flight",
      Kind.GAUGE,
      "Batches on their way to a majority",
      "partition"),
  PARTITION_CACHED(
      "capstan_partition_cached_executions", Kind.GAUGE, "Executions held in memory", "partition"),
  TASKS_WAITING("capstan_tasks_waiting", Kind.GAUGE, "Tasks that have no node yet", "partition"),

  NODES("capstan_nodes", Kind.GAUGE, "Worker nodes by status", "status"),
  SLOTS("capstan_slots", Kind.GAUGE, "Slots of all active nodes"),
  SLOTS_USED("capstan_slots_used", Kind.GAUGE, "Slots of all active nodes with a task"),

  EXECUTIONS_STARTED(
      "capstan_executions_started_total", Kind.COUNTER, "Executions started", "partition"),
  EXECUTIONS_ENDED(
      "capstan_executions_ended_total",
      Kind.COUNTER,
      "Executions ended, by how",
      "partition",
      "status"),
  TASKS_DISPATCHED(
      "capstan_tasks_dispatched_total", Kind.COUNTER, "Attempts sent to a node", "partition"),
  TASK_DISPATCH(
      "capstan_task_dispatch_seconds",
      Kind.TIMER,
      "From a task being ready to its node having it",
      "partition"),
  TASKS_REASSIGNED(
      "capstan_tasks_reassigned_total",
      Kind.COUNTER,
      "Attempts given to another node after theirs was lost",
      "partition"),
  REPORTS_STALE(
      "capstan_reports_stale_total",
      Kind.COUNTER,
      "Results with a token that was no longer good",
      "partition"),

  LOG_SYNC(
      "capstan_log_sync_seconds",
      Kind.TIMER,
      "Time for the log's write to be on this disk",
      "partition"),
  LOG_BYTES("capstan_log_disk_bytes", Kind.GAUGE, "Size of the log's files", "partition"),
  LOG_LAG(
      "capstan_log_replica_lag_entries",
      Kind.GAUGE,
      "Entries a replica is behind, as its leader sees it",
      "partition",
      "replica"),
  STORE_BYTES("capstan_store_disk_bytes", Kind.GAUGE, "Size of the store's files"),
  DISK_FREE("capstan_disk_free_bytes", Kind.GAUGE, "Free space where the data is");

  private final String id;
  private final Kind kind;
  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // List.of's
  private final List<String> labels;

  Metric(String id, Kind kind, String description, String... labels) {
    this.id = id;
    this.kind = kind;
    this.description = description;
    this.labels = List.of(labels);
  }

  /** Its name in Prometheus. */
  public String id() {
    return id;
  }

  public Kind kind() {
    return kind;
  }

  /** One line for the reference and for scrapers. */
  public String description() {
    return description;
  }

  /** Names of its labels; values are given in this order. */
  public List<String> labels() {
    return labels;
  }

  /** What it counts. */
  public enum Kind {
    /** A value that goes up and down. */
    GAUGE,
    /** A count since the start of the process. */
    COUNTER,
    /** Durations, as a histogram. */
    TIMER
  }
}
