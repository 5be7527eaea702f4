package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.gateway.Views.ConsensusView;
import dev.capstan.server.gateway.Views.DefinitionView;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.JoinTokenView;
import dev.capstan.server.gateway.Views.MigrationView;
import dev.capstan.server.gateway.Views.NodeProbeView;
import dev.capstan.server.gateway.Views.NodeView;
import dev.capstan.server.gateway.Views.OutputEntry;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.gateway.Views.StateSyncView;
import dev.capstan.server.gateway.Views.TaskExplanation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be asked of the engine. Futures of changes complete when the change is
 * durable; all failures are {@link Refusal}s. Reads include every change that this coordinator has
 * acknowledged. May be called by any thread.
 */
public interface Gateway {

  /**
   * Deploys a definition in YAML or JSON. The same text again is answered as the first time;
   * another text under a version that exists is refused, since versions never change.
   *
   * @param source what to call the text in diagnostics, such as a file name
   */
  CompletableFuture<DefinitionView> deploy(Principal principal, String text, String source);

  /** Checks a definition without deploying it: the warnings, or a refusal with all faults. */
  List<Refusal.Detail> validate(Principal principal, String text, String source);

  /** Definitions in the order of namespace, name and version. */
  Page<DefinitionView> definitions(
      Principal principal, @Nullable String namespace, int limit, @Nullable String cursor);

  /** One definition with its text; without a version the latest by semantic version. */
  DefinitionView definition(
      Principal principal, String namespace, String name, @Nullable String version);

  /**
   * Starts an execution; completes when the start is durable. The same key or id with an equal
   * request answers the same execution, marked as replayed. A request for the latest version is
   * equal to one for any version of the workflow.
   */
  CompletableFuture<ExecutionView> start(Principal principal, StartRequest request);

  /** Starts an execution and follows it to its end: {@link #start} with a wait that costs less. */
  Run run(Principal principal, StartRequest request);

  /** An execution now. */
  ExecutionView execution(Principal principal, String id);

  /** An execution as soon as it has ended, or as it is after {@code atMost}. */
  CompletableFuture<ExecutionView> await(Principal principal, String id, Duration atMost);

  /** Executions, latest start first. */
  Page<ExecutionView> executions(
      Principal principal, ExecutionFilter filter, int limit, @Nullable String cursor);

  /**
   * Why a task is where it is, or why it waits, and since when; also of one that has ended, as long
   * as its execution is kept.
   */
  TaskExplanation explain(Principal principal, TaskId task);

  /** Entries of a history from an index on. */
  Page<HistoryEntry> history(Principal principal, String id, long fromIndex, int limit);

  /**
   * Sends a history from an index on and then each entry as it is committed, until the execution
   * has ended or the watch is closed.
   */
  Watch watch(Principal principal, String id, long fromIndex, Watcher watcher);

  /** Ends an execution. */
  CompletableFuture<ExecutionView> cancel(Principal principal, String id, @Nullable String reason);

  /** Lets nothing new start in an execution. */
  CompletableFuture<ExecutionView> suspend(Principal principal, String id, @Nullable String reason);

  /** Lets a suspended execution go on. */
  CompletableFuture<ExecutionView> resume(Principal principal, String id);

  /** Lets a faulted execution go on with the tasks that faulted. */
  CompletableFuture<ExecutionView> retry(Principal principal, String id);

  /**
   * Moves an execution that is under way, or has faulted, to another deployed version of its
   * workflow. One that can't move stays, and the answer says why; so does one that is there.
   */
  CompletableFuture<MigrationView> migrate(
      Principal principal, String id, MigrationRequest request);

  /**
   * Where an execution is to move.
   *
   * @param dryRun whether it is only to be told what that means
   * @param map JSON pointers of tasks in that version by pointers in the present one, where their
   *     names don't say which stands for which
   */
  record MigrationRequest(String version, boolean dryRun, Map<String, String> map) {}

  /**
   * Publishes cloud events; completes with the number of executions that took or were started by
   * one.
   */
  CompletableFuture<Integer> publish(Principal principal, List<CloudEvent> events);

  /** Worker nodes by name. */
  List<NodeView> nodes(Principal principal);

  /**
   * Changes what a node is given, for its later sessions too; completes with the node when that is
   * durable.
   *
   * @param node id or name
   * @param deadline of a drain, from now: what the node still runs then goes to others; null lets
   *     it end what it runs
   */
  CompletableFuture<NodeView> admit(
      Principal principal, String node, NodeAdmission admission, @Nullable Duration deadline);

  /**
   * Gives labels to a node and takes others from it, for its later sessions too; completes with the
   * node when that is durable.
   *
   * @param node id or name
   * @param removed names of labels; those that the node does not have are no mistake
   */
  CompletableFuture<NodeView> label(
      Principal principal, String node, Map<String, String> set, List<String> removed);

  /**
   * Asks a node, now, whether it is there; completes with its answer, or without one after as long
   * a silence as makes a node lost.
   *
   * @param node id or name
   */
  CompletableFuture<NodeProbeView> detectNodeFailure(Principal principal, String node);

  /**
   * A node when it has joined and can take tasks, or after this time as it is then; with a refusal
   * when there is none by then.
   *
   * @param node id or name
   */
  CompletableFuture<NodeView> awaitNode(Principal principal, String node, Duration atMost);

  /**
   * Forgets a node that is gone, or that is drained and runs nothing; any other is refused. A
   * worker that still has its session loses it and is told not to come back.
   *
   * @param force also one that takes or runs tasks: they run elsewhere at once, or as they say of
   *     their recovery
   */
  CompletableFuture<Void> removeNode(Principal principal, String node, boolean force);

  /**
   * For reads that must include an earlier change wherever it was made: completes once this
   * coordinator has applied the log up to an index, or with a refusal when it can't be said to.
   */
  CompletableFuture<Void> reached(int partition, long index);

  /** Schedules of deployed definitions. */
  List<ScheduleView> schedules(Principal principal);

  /** The cluster as seen from here. */
  ClusterView cluster(Principal principal);

  /**
   * The API keys of the cluster.
   *
   * @throws Refusal {@code WRONG_STATE} where there is no cluster
   */
  KeyDesk keys();

  /**
   * Makes a join token; completes when it can be used.
   *
   * @param node the only node that may use it; null for any
   * @param life how long it can be used
   */
  CompletableFuture<JoinTokenView> invite(
      Principal principal, NodeRole role, @Nullable String node, Duration life);

  /**
   * Puts a coordinator out of the cluster; completes when that is durable. Its replicas go after
   * that, while it stops by itself if it still runs.
   */
  CompletableFuture<Void> removeCoordinator(Principal principal, String coordinator);

  /**
   * Waits, for some seconds at most, until every replica has what was acknowledged of an execution,
   * and tells what each has.
   *
   * @param execution id of one that exists
   */
  CompletableFuture<StateSyncView> synchronizeState(Principal principal, String execution);

  /**
   * Lets a majority of the replicas confirm the leader of an execution's partition.
   *
   * @param execution id of one that exists
   */
  CompletableFuture<ConsensusView> coordinateConsensus(Principal principal, String execution);

  /** Audit entries, latest first. */
  Page<AuditEntry> audit(Principal principal, int limit, @Nullable String cursor);

  /**
   * Lets a coordinator lead no more while another one can, or again; completes when that is
   * durable.
   */
  CompletableFuture<Void> drainCoordinator(
      Principal principal, String coordinator, boolean drained);

  /** What people and programs say to running executions, and ask of them. */
  Interactions interactions();

  /** Functions for workers without a session. */
  WorkExchange work();

  /** Empty when requests can be served, else why not. */
  Readiness readiness();

  /**
   * A start.
   *
   * @param definition text of a definition for a one-off run; null to run a deployed one
   * @param version the latest when null or {@code latest}
   * @param id null lets the engine make one; letters, digits and {@code . _ : -}, at most 128
   * @param key of idempotency, kept for at least 24 hours; null for none
   * @param deadline the moment at which it times out at last; null for none
   */
  record StartRequest(
      @Nullable String definition,
      @Nullable String namespace,
      @Nullable String name,
      @Nullable String version,
      JsonNode input,
      @Nullable String id,
      @Nullable String key,
      Map<String, String> labels,
      @Nullable Instant deadline) {
    /** One without a deadline. */
    public StartRequest(
        @Nullable String definition,
        @Nullable String namespace,
        @Nullable String name,
        @Nullable String version,
        JsonNode input,
        @Nullable String id,
        @Nullable String key,
        Map<String, String> labels) {
      this(definition, namespace, name, version, input, id, key, labels, null);
    }
  }

  /**
   * A start that is followed.
   *
   * @param started completes when the start is durable, or fails when it is refused
   * @param ended completes after {@code started}, once the execution has ended; fails with it.
   *     Cancel it to follow no more
   */
  record Run(CompletableFuture<ExecutionView> started, CompletableFuture<ExecutionView> ended) {}

  /** Which executions a list shows; null members match all. */
  record ExecutionFilter(
      @Nullable Status status,
      @Nullable String namespace,
      @Nullable String name,
      Map<String, String> labels,
      @Nullable Instant startedBefore) {}

  /** What a machine becomes when it joins. */
  enum NodeRole {
    COORDINATOR,
    WORKER
  }

  /** What a node is given. */
  enum NodeAdmission {
    /** Tasks. */
    OPEN,
    /** Nothing new, for now. */
    CORDONED,
    /** Nothing new, because it is to go once it has ended what it runs. */
    DRAINING
  }

  /** Whether requests can be served, and if not, the reasons. */
  record Readiness(boolean ready, List<String> reasons) {}

  /** Takes what a watch sends, on one thread at a time; must not block. */
  interface Watcher {
    /** The next entry. */
    void entry(HistoryEntry entry);

    /** A piece of output of a running task; lost pieces are not sent again. */
    void output(OutputEntry output);

    /** How far a running task says it is: 0 to 1, negative when unknown. */
    void progress(long run, double fraction, String message);

    /** The execution has ended and everything was sent. */
    void ended(ExecutionView execution);

    /** The watch can't go on. */
    void failed(Refusal reason);
  }

  /** A running watch. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Follows the life-cycle events (specification: Lifecycle Events) of all executions, in every
   * partition, from now on and as this coordinator applies them. Events of an execution come in
   * their order.
   *
   * @throws Refusal if too many follow already
   */
  LifecycleStream lifecycle(Principal principal, LifecycleFilter filter);

  /**
   * Whose life-cycle events are wanted.
   *
   * @param namespace null for all
   * @param name of the workflow; null for all
   * @param statusChanges whether the optional status-changed events are wanted
   */
  record LifecycleFilter(
      @Nullable String namespace, @Nullable String name, boolean statusChanges) {}

  /** Life-cycle events for one thread, which takes them at its own pace. */
  interface LifecycleStream extends AutoCloseable {
    /**
     * The next ones, as cloud events in structured form; none if none came in time.
     *
     * @throws Refusal when it has fallen too far behind, or the coordinator stops
     */
    List<JsonNode> next(Duration atMost) throws InterruptedException;

    @Override
    void close();
  }
}
