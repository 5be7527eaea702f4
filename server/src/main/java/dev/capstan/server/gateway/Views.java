package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.WorkflowError;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the gateway shows: plain values that every protocol turns into its own form. */
public final class Views {
  private Views() {}

  /** A deployed definition. {@code text} is as it was sent; null in lists. */
  public record DefinitionView(
      String namespace,
      String name,
      String version,
      String hash,
      @Nullable String title,
      @Nullable String summary,
      Instant deployedAt,
      String deployedBy,
      @Nullable String text,
      List<Refusal.Detail> warnings) {}

  /**
   * An execution. Input, output and error are null in lists unless asked for.
   *
   * @param revision the log index that it includes
   * @param replayed whether it answers a start that had been carried out before
   */
  public record ExecutionView(
      String id,
      String namespace,
      String name,
      String version,
      Status status,
      @Nullable JsonNode input,
      @Nullable JsonNode output,
      @Nullable WorkflowError error,
      Map<String, String> labels,
      Instant startedAt,
      @Nullable Instant endedAt,
      String startedBy,
      @Nullable String parent,
      List<TaskView> tasks,
      long revision,
      boolean replayed) {

    /** The same as the answer to a start that had been carried out before. */
    public ExecutionView asReplay() {
      return new ExecutionView(
          id, namespace, name, version, status, input, output, error, labels, startedAt, endedAt,
          startedBy, parent, tasks, revision, true);
    }
  }

  /** A run of a task that is alive, with the reason why it does not run if it doesn't. */
  public record TaskView(
      long run,
      long parent,
      String name,
      String reference,
      int iteration,
      Status status,
      int attempt,
      @Nullable String node,
      @Nullable Instant startedAt,
      @Nullable Instant dueAt,
      @Nullable String reason,
      @Nullable Double progress,
      @Nullable String progressMessage) {}

  /** One entry of a history in its public form; null members are left out. */
  public record HistoryEntry(
      long index,
      Instant time,
      String type,
      @Nullable String task,
      @Nullable String reference,
      @Nullable Long run,
      @Nullable Long parent,
      @Nullable Integer iteration,
      @Nullable Integer attempt,
      @Nullable String node,
      @Nullable JsonNode input,
      @Nullable JsonNode output,
      @Nullable WorkflowError error,
      @Nullable Instant dueAt,
      @Nullable String reason,
      @Nullable String by) {}

  /** A piece of what a running script or command printed; never stored. */
  public record OutputEntry(
      String task, String reference, long run, int attempt, String stream, String text) {}

  /** A page of a list; {@code next} is null on the last. */
  public record Page<T>(List<T> items, @Nullable String next, long revision) {}

  /**
   * A worker node.
   *
   * @param admission what operators let it take: open, cordoned or draining
   */
  public record NodeView(
      String id,
      String name,
      String status,
      String admission,
      int slots,
      int running,
      List<String> kinds,
      Map<String, String> labels,
      Instant joinedAt,
      String version) {}

  /** A schedule of a definition. */
  public record ScheduleView(
      String namespace,
      String name,
      String version,
      String kind,
      String expression,
      @Nullable Instant next,
      @Nullable Instant last,
      long fired) {}

  /** A replicated group as this coordinator sees it. */
  public record PartitionView(
      int id,
      String role,
      long term,
      long commitIndex,
      long appliedIndex,
      int inFlight,
      int cachedExecutions,
      int waitingTasks) {}

  /**
   * A coordinator.
   *
   * @param grpc where workers and clients of gRPC reach it; empty if it is reached by nobody
   * @param http the same of the HTTP API
   * @param role leader, follower, or joining before it has a replica
   * @param lag entries of the log that it has not got yet; null where that is not known
   */
  public record CoordinatorView(
      String id, String grpc, String http, String role, @Nullable Long lag) {}

  /** The cluster as this coordinator sees it. */
  public record ClusterView(
      String id,
      String version,
      String coordinator,
      String grpcAddress,
      List<CoordinatorView> coordinators,
      List<PartitionView> partitions,
      int nodes) {}

  /** What lets one machine join, once. The token is not shown again. */
  public record JoinTokenView(String token, String id, String role, Instant expiresAt) {}

  /** One change, as the audit log has it. */
  public record AuditEntry(
      long sequence,
      Instant time,
      String principal,
      String operation,
      String object,
      String result,
      @Nullable String detail) {}
}
