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
  WAITS("capstan_waits", Kind.GAUGE, "Requests that wait for executions to end"),
  GRPC_STREAMS("capstan_grpc_streams", Kind.GAUGE, "Streams of starts that clients have open here"),
  GRPC_STARTS(
      "capstan_grpc_starts_total",
      Kind.COUNTER,
      "Starts over gRPC that came in here, wherever they were decided: accepted, or refused with a code",
      "result"),

  REFUSED_PEERS(
      "capstan_connections_refused_total",
      Kind.COUNTER,
      "Connections to this coordinator, and calls of coordinators that were put out, that were refused"
          + " for what their certificate says",
      "reason"),
  REFUSED_KEYS(
      "capstan_api_keys_refused_total",
      Kind.COUNTER,
      "Requests and calls to this coordinator that were refused for their API key: there was none (missing), it is not one (malformed), or not one of the cluster (unknown)",
      "reason"),

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
  INBOX(
      "capstan_partition_inbox_requests",
      Kind.GAUGE,
      "Requests of clients that wait to be decided",
      "partition"),
  INBOX_REFUSED(
      "capstan_partition_inbox_refused_total",
      Kind.COUNTER,
      "Requests that found the inbox full",
      "partition"),
  COMMANDS(
      "capstan_partition_commands_total",
      Kind.COUNTER,
      "Commands decided: accepted, or why they were rejected",
      "partition",
      "result"),
  EVENTS(
      "capstan_partition_events_total",
      Kind.COUNTER,
      "Events that histories have grown by",
      "partition"),
  BATCHES("capstan_partition_batches_total", Kind.COUNTER, "Batches proposed", "partition"),
  BATCH_BYTES(
      "capstan_partition_batch_bytes_total",
      Kind.COUNTER,
      "Size of the batches proposed",
      "partition"),
  POISONED(
      "capstan_partition_poisoned_total",
      Kind.COUNTER,
      "Decisions that failed through a fault of the engine",
      "partition"),
  OUTBOX(
      "capstan_partition_outbox_messages",
      Kind.GAUGE,
      "Messages between executions that are not known to be delivered",
      "partition"),
  AUDIT_ENTRIES("capstan_audit_entries_total", Kind.COUNTER, "Audit entries written", "partition"),

  LIFECYCLE_EVENTS(
      "capstan_lifecycle_events_total",
      Kind.COUNTER,
      "Life-cycle events that the sink has taken, or refused for good",
      "result"),
  LIFECYCLE_FAILURES(
      "capstan_lifecycle_failures_total",
      Kind.COUNTER,
      "Requests to the sink of life-cycle events that failed and were repeated"),
  LIFECYCLE_WAITING(
      "capstan_lifecycle_waiting_executions",
      Kind.GAUGE,
      "Executions with life-cycle events that wait to be sent to the sink"),
  LIFECYCLE_DROPPED(
      "capstan_lifecycle_dropped_total",
      Kind.COUNTER,
      "Changes of executions whose life-cycle events are lost, since too many executions waited for the sink"),

  NODES("capstan_nodes", Kind.GAUGE, "Worker nodes by status", "status"),
  SLOTS("capstan_slots", Kind.GAUGE, "Slots of all active nodes"),
  SLOTS_USED("capstan_slots_used", Kind.GAUGE, "Slots of all active nodes with a task"),

  EXECUTIONS_OPEN(
      "capstan_executions_open", Kind.GAUGE, "Executions that have not ended", "partition"),
  EXECUTIONS_STARTED(
      "capstan_executions_started_total", Kind.COUNTER, "Executions started", "partition"),
  EXECUTIONS_ENDED(
      "capstan_executions_ended_total",
      Kind.COUNTER,
      "Executions ended, by how; one that is retried ends again",
      "partition",
      "status"),
  EXECUTIONS_PURGED(
      "capstan_executions_purged_total",
      Kind.COUNTER,
      "Executions forgotten, with their histories, because they ended long ago or were too many",
      "partition"),
  START_DISPATCH(
      "capstan_start_dispatch_seconds",
      Kind.TIMER,
      "From a start being taken to its first task being handed to a node; one start at a time is followed",
      "partition"),

  TASKS_WAITING(
      "capstan_tasks_waiting", Kind.GAUGE, "Tasks that have no node yet", "partition", "kind"),
  TASKS_RUNNING("capstan_tasks_running", Kind.GAUGE, "Attempts that nodes have", "partition"),
  TASKS_LISTENING(
      "capstan_tasks_listening", Kind.GAUGE, "Tasks that listen for cloud events", "partition"),
  TASKS_BEGUN(
      "capstan_tasks_begun_total",
      Kind.COUNTER,
      "Runs of tasks begun; one with extensions counts once",
      "partition"),
  TASKS_ENDED(
      "capstan_tasks_ended_total",
      Kind.COUNTER,
      "Runs of tasks ended, by how; one with extensions counts once",
      "partition",
      "status"),
  TASKS_DISPATCHED(
      "capstan_tasks_dispatched_total", Kind.COUNTER, "Attempts sent to a node", "partition"),
  TASK_DISPATCH(
      "capstan_task_dispatch_seconds",
      Kind.TIMER,
      "From a task being ready, or due again, to its node having it; a sample, to the millisecond",
      "partition"),
  TASKS_RETRIED(
      "capstan_tasks_retried_total",
      Kind.COUNTER,
      "Attempts that failed and are followed by another",
      "partition"),
  TASKS_REASSIGNED(
      "capstan_tasks_reassigned_total",
      Kind.COUNTER,
      "Attempts that came back without a result and go elsewhere: their node was lost or refused them",
      "partition"),
  REPORTS_STALE(
      "capstan_reports_stale_total",
      Kind.COUNTER,
      "Results that were no longer good: another attempt is the present one (token), the node did not hold it (holder), or there is no such execution (execution)",
      "reason"),
  TIMERS_ARMED("capstan_timers_armed", Kind.GAUGE, "Timers that will fire", "partition"),
  TIMERS_FIRED(
      "capstan_timers_fired_total",
      Kind.COUNTER,
      "Timers that fired, by how late they were: below 16ms, below 128ms, below 1s, or over",
      "partition",
      "late"),
  OWNERSHIP_CHECKED(
      "capstan_ownership_checked_total",
      Kind.COUNTER,
      "Executions that the always-on check has looked at",
      "partition"),
  OWNERSHIP_VIOLATIONS(
      "capstan_ownership_violations_total",
      Kind.COUNTER,
      "Things without an owner that the always-on check has found; the log says which",
      "partition"),

  STATE_COMPARISONS(
      "capstan_state_comparisons_total",
      Kind.COUNTER,
      "Comparisons of the replicas' digests: equal, different, or unknown where fewer than two answered",
      "partition",
      "result"),
  STATE_DIFFERING(
      "capstan_state_replicas_differing",
      Kind.GAUGE,
      "Replicas that had another state than the majority when they were compared last",
      "partition"),

  CLOCK_AHEAD(
      "capstan_clock_ahead_seconds",
      Kind.GAUGE,
      "How far a coordinator's clock is ahead of most coordinators' clocks, as this one sees it; less than 0: behind. From 300 on, either way, it leaves leading to others",
      "coordinator"),

  LOG_COMMIT(
      "capstan_log_commit_seconds",
      Kind.TIMER,
      "From a batch being handed to the log to it being on a majority and applied here",
      "partition"),
  LOG_IN_FLIGHT_BYTES(
      "capstan_log_in_flight_bytes", Kind.GAUGE, "Bytes on their way to a majority", "partition"),
  LOG_FIRST("capstan_log_first_index", Kind.GAUGE, "First entry still in the log", "partition"),
  LOG_LAST("capstan_log_last_index", Kind.GAUGE, "Last entry in the log", "partition"),
  LOG_SNAPSHOT(
      "capstan_log_snapshot_index",
      Kind.GAUGE,
      "Index that the latest snapshot contains; -1 without one",
      "partition"),
  LOG_BYTES("capstan_log_disk_bytes", Kind.GAUGE, "Size of the log's files", "partition"),
  LOG_LAG(
      "capstan_log_replica_lag_entries",
      Kind.GAUGE,
      "Entries a replica is behind: of this one what it has not applied, of others what they have not stored, as their leader sees it",
      "partition",
      "replica"),
  LOG_SILENCE(
      "capstan_log_replica_silence_seconds",
      Kind.GAUGE,
      "Since a replica answered last, as the leader sees it; 0 for the one that tells",
      "partition",
      "replica"),
  STORE_BYTES("capstan_store_disk_bytes", Kind.GAUGE, "Size of the store's files"),
  STORE_MEMORY("capstan_store_memory_bytes", Kind.GAUGE, "Changes that are not in files yet"),
  STORE_CACHE("capstan_store_cache_bytes", Kind.GAUGE, "Size of the store's read cache"),
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
