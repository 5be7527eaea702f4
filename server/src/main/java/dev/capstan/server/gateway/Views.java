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
   * What moving an execution to another version of its workflow means.
   *
   * @param from the version that it has, or had before it moved
   * @param canMove true as well when it has that version already
   * @param moved whether the request has moved it
   */
  public record MigrationView(
      String execution,
      String from,
      String to,
      boolean canMove,
      boolean moved,
      List<Problem> problems,
      List<Change> changes,
      long revision) {

    /**
     * Why it can't move.
     *
     * @param reference JSON pointer of the task in the version that it has
     * @param line of the task in that version's text; 0 when unknown
     */
    public record Problem(String reference, int line, String reason) {}

    /**
     * What changes: {@code moves, added, removed} or {@code begins}.
     *
     * @param to where the task stands afterwards
     */
    public record Change(String kind, String reference, String to) {}
  }

  /**
   * An execution. Input, output and error are null in lists unless asked for.
   *
   * @param continuedFrom the execution that goes on as this one
   * @param continuedAs the execution that this one goes on as
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
      @Nullable String continuedFrom,
      @Nullable String continuedAs,
      List<TaskView> tasks,
      long revision,
      boolean replayed) {

    /** One that goes on for no other, and as no other. */
    public ExecutionView(
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
      this(
          id, namespace, name, version, status, input, output, error, labels, startedAt, endedAt,
          startedBy, parent, null, null, tasks, revision, replayed);
    }

    /** The same as the answer to a start that had been carried out before. */
    public ExecutionView asReplay() {
      return new ExecutionView(
          id,
          namespace,
          name,
          version,
          status,
          input,
          output,
          error,
          labels,
          startedAt,
          endedAt,
          startedBy,
          parent,
          continuedFrom,
          continuedAs,
          tasks,
          revision,
          true);
    }
  }

  /** A run of a task that is alive, with the reason why it does not run if it doesn't. */
  public record TaskView(
      TaskId id,
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

  /**
   * Why a task is where it is, or why it waits.
   *
   * @param attempt that it is at; 0 before the first
   * @param node that has it, or had it last; null if none did
   * @param since when this is so
   * @param reason one sentence without a stop
   * @param wants {@code metadata.capstan} of the task; null when it says nothing
   */
  public record TaskExplanation(
      TaskId id,
      String execution,
      String name,
      String reference,
      Status status,
      int attempt,
      @Nullable String node,
      Instant since,
      String reason,
      @Nullable JsonNode wants) {}

  /** One entry of a history in its public form; null members are left out. */
  public record HistoryEntry(
      long index,
      Instant time,
      String type,
      @Nullable String task,
      @Nullable String reference,
      @Nullable TaskId taskId,
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
   * @param drainBy when a drain takes away what it still runs; null for never
   * @param labels that its configuration and operators give it
   * @param found on it by itself, such as gpu or python3
   * @param processors 0 when it did not say; so are the bytes
   */
  public record NodeView(
      String id,
      String name,
      String status,
      String admission,
      @Nullable Instant drainBy,
      int slots,
      int running,
      List<String> kinds,
      Map<String, String> labels,
      Map<String, String> found,
      int processors,
      long memoryBytes,
      long diskBytes,
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

  /**
   * A replicated group as this coordinator sees it.
   *
   * @param role of this coordinator in it
   * @param leader the coordinator that leads it; null if none is known to
   */
  public record PartitionView(
      int id,
      String role,
      @Nullable String leader,
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
   * @param drained whether it leaves leading to others
   * @param clockAheadSeconds how far its clock is ahead of most coordinators'; null where that is
   *     not known
   */
  public record CoordinatorView(
      String id,
      String grpc,
      String http,
      String role,
      @Nullable Long lag,
      boolean drained,
      @Nullable Double clockAheadSeconds) {}

  /** The cluster as this coordinator sees it. */
  public record ClusterView(
      String id,
      String version,
      String coordinator,
      String grpcAddress,
      List<CoordinatorView> coordinators,
      List<PartitionView> partitions,
      int nodes) {}

  /**
   * A replica, asked for the state at an index.
   *
   * @param answers whether it answered in time
   * @param appliedIndex of the last change that it has applied; null if it did not answer
   * @param lag how far that is behind the index; 0 when it has got there
   * @param digest of its state at the index, hexadecimal; null if it is not known to have got there
   * @param agrees whether that is what a majority has
   */
  public record ReplicaView(
      String coordinator,
      boolean answers,
      @Nullable Long appliedIndex,
      @Nullable Long lag,
      @Nullable String digest,
      boolean agrees) {}

  /**
   * Where the state of an execution is.
   *
   * @param index of the log; includes everything that was acknowledged before the question
   * @param digest of the state at the index that a majority has; null if none is known to agree
   * @param inSync whether every replica has that state
   */
  public record StateSyncView(
      String execution,
      int partition,
      long index,
      @Nullable String digest,
      boolean inSync,
      List<ReplicaView> replicas) {}

  /**
   * The consensus that an execution depends on.
   *
   * @param leader null if none is known
   * @param needed how many replicas have to answer
   * @param answering replicas that answered just now, the leader among them
   * @param confirmed whether a majority has confirmed the leader just now
   * @param roundMicros how long that took
   */
  public record ConsensusView(
      String execution,
      int partition,
      @Nullable String leader,
      long term,
      long commitIndex,
      List<String> replicas,
      int needed,
      List<String> answering,
      boolean confirmed,
      long roundMicros) {}

  /**
   * What a probe of a node has found.
   *
   * @param status joining, active, suspect, draining, lost or left
   * @param answers whether it answered the probe
   * @param roundMicros how long the answer took; null without one
   * @param silentMillis since it was heard last, the answer included; null if it has no session
   * @param lostAfterMillis of silence it counts as lost
   * @param running attempts that it has
   */
  public record NodeProbeView(
      String node,
      String status,
      boolean answers,
      @Nullable Long roundMicros,
      @Nullable Long silentMillis,
      long lostAfterMillis,
      int running) {}

  /**
   * What became of the dispatch of a task.
   *
   * @param task its name; null with the rest while no node has it
   * @param node name of the node that has it
   * @param at when it was given to the node
   */
  public record TaskDispatchView(
      String execution,
      @Nullable String task,
      @Nullable String node,
      @Nullable Integer attempt,
      @Nullable Instant at) {}

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
