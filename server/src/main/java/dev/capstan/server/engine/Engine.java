package dev.capstan.server.engine;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Queries;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.agreement.Agreement;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.KeyDesk;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
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
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.gateway.Views.StateSyncView;
import dev.capstan.server.gateway.Views.TaskExplanation;
import dev.capstan.server.gateway.Views.TaskView;
import dev.capstan.server.gateway.WorkExchange;
import dev.capstan.server.lifecycle.LifecycleHub;
import dev.capstan.server.membership.Registrar;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.HumanTaskIndex;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The gateway of one coordinator. Checks what comes in, turns it into requests to the partition,
 * and puts together what is shown. Holds no state of its own but waits and watches.
 */
public final class Engine implements Gateway {
  private static final int HISTORY_PIECE = 1_000;
  private static final int KEPT_PROJECTIONS = 32;

  /** Longer than any connection that a request comes over lives. */
  private static final Duration FOLLOWED_AT_MOST = Duration.ofDays(30);

  private final Parts parts;
  private final RequestChecks checks;
  private final TaskViews taskViews;
  private final TaskExplanations explanations;
  private final Redaction redaction;
  private final ExecutionViews views;
  private final Starts starts;
  private final Executor watchers;
  private final NodeOperations nodeOperations;
  private final MemberOperations memberOperations;
  private final HistoryPages pages;
  private final Interactions interactions;
  private final AuditPages audit;
  private final Migrations migrations;

  /**
   * What the engine stands on.
   *
   * @param ids makes ids for executions
   * @param barrier asks the log for an applied index that includes everything acknowledged so far
   * @param certainty that what is read here is current
   * @param lifecycle of all partitions
   * @param cluster the cluster as seen from here
   * @param agreement of the partition's replicas
   * @param registrar changes who belongs to the cluster; null where only loopback is served
   * @param readiness whether requests can be served
   * @param watchers runs what watches send, one task a watch at a time, and what must not hold up
   *     whoever confirms that something is current
   */
  record Parts(
      PartitionRequests partition,
      Store store,
      PartitionReader reader,
      ExecutionIndex index,
      Queries queries,
      DefinitionRegistry registry,
      DefinitionCache definitions,
      NodeDirectory nodes,
      WorkExchange work,
      Waits waits,
      Watches watches,
      LifecycleHub lifecycle,
      Redaction redaction,
      RequestChecks checks,
      DispatchProbe probe,
      Supplier<String> ids,
      Supplier<CompletableFuture<Long>> barrier,
      Certainty certainty,
      Supplier<ClusterView> cluster,
      Agreement agreement,
      @Nullable Registrar registrar,
      Supplier<Readiness> readiness,
      Executor watchers) {}

  /** A gateway over these parts. */
  Engine(Parts parts) {
    this.parts = parts;
    this.checks = parts.checks();
    NamedWorkflows named =
        new NamedWorkflows(parts.registry(), parts.certainty(), parts.watchers());
    this.redaction = parts.redaction();
    this.views = new ExecutionViews(redaction);
    this.taskViews = new TaskViews(parts.partition(), parts.nodes(), parts.reader(), redaction);
    this.explanations = new TaskExplanations(parts.reader(), taskViews, redaction);
    this.watchers = parts.watchers();
    this.pages =
        new HistoryPages(parts.reader()::history, parts.definitions(), redaction, KEPT_PROJECTIONS);
    this.migrations = new Migrations(parts.partition(), parts.reader(), named, parts.definitions());
    this.starts =
        new Starts(
            new Starts.Parts(
                parts.partition(),
                parts.registry(),
                named,
                checks,
                parts.waits(),
                parts.probe(),
                views,
                parts.ids(),
                id -> await(id, FOLLOWED_AT_MOST)));
    this.audit = new AuditPages(parts.reader(), redaction, parts.store()::appliedIndex);
    this.nodeOperations = new NodeOperations(parts.nodes());
    this.memberOperations = new MemberOperations(parts.registrar());
    this.interactions =
        new EngineInteractions(
            this,
            new EngineInteractions.Parts(
                parts.partition(),
                parts.reader(),
                new HumanTaskIndex(parts.store()),
                parts.queries(),
                redaction,
                checks,
                parts.store()::appliedIndex,
                parts.ids()));
  }

  @Override
  public CompletableFuture<DefinitionView> deploy(Principal principal, String text, String source) {
    return parts.registry().deploy(principal, text, source);
  }

  @Override
  public List<Refusal.Detail> validate(Principal principal, String text, String source) {
    return parts.registry().validate(text, source);
  }

  @Override
  public Page<DefinitionView> definitions(
      Principal principal, @Nullable String namespace, int limit, @Nullable String cursor) {
    return parts
        .registry()
        .list(namespace, checks.limit(limit), cursor, parts.store().appliedIndex());
  }

  @Override
  public DefinitionView definition(
      Principal principal, String namespace, String name, @Nullable String version) {
    return parts.registry().view(namespace, name, version);
  }

  @Override
  public CompletableFuture<ExecutionView> start(Principal principal, StartRequest request) {
    return starts.start(principal, request);
  }

  @Override
  public Run run(Principal principal, StartRequest request) {
    return starts.run(principal, request);
  }

  @Override
  public ExecutionView execution(Principal principal, String id) {
    return execution(id);
  }

  private ExecutionView execution(String id) {
    Summary summary = summary(id);
    return views.of(summary, summary.status().hasEnded() ? List.of() : tasks(summary));
  }

  private List<TaskView> tasks(Summary summary) {
    Execution execution = parts.reader().replay(summary.id());
    return execution == null ? List.of() : taskViews.of(execution);
  }

  @Override
  public CompletableFuture<ExecutionView> await(Principal principal, String id, Duration atMost) {
    return await(id, atMost);
  }

  private CompletableFuture<ExecutionView> await(String id, Duration atMost) {
    return parts
        .waits()
        .await(id, atMost, () -> summary(id))
        .thenApply(ended -> ended == null ? execution(id) : views.of(ended));
  }

  @Override
  public Page<ExecutionView> executions(
      Principal principal, ExecutionFilter filter, int limit, @Nullable String cursor) {
    ExecutionIndex.Filter wanted =
        new ExecutionIndex.Filter(
            filter.status(),
            filter.namespace(),
            filter.name(),
            filter.labels(),
            filter.startedBefore());
    try {
      ExecutionIndex.Listing page = parts.index().list(wanted, checks.limit(limit), cursor);
      return new Page<>(
          page.executions().stream().map(views::row).toList(), page.next(), page.revision());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "The cursor is none of this list",
          "Begin without a cursor");
    }
  }

  @Override
  public TaskExplanation explain(Principal principal, TaskId task) {
    Summary summary = summary(task.execution());
    return explanations.of(task, summary, definition(summary));
  }

  @Override
  public Page<HistoryEntry> history(Principal principal, String id, long fromIndex, int limit) {
    int most = checks.limit(limit);
    Summary summary = summary(id);
    return pages.page(summary, fromIndex, most);
  }

  @Override
  public Watch watch(Principal principal, String id, long fromIndex, Watcher watcher) {
    HistoryProjection projection = new HistoryProjection(id, parts.definitions(), redaction);
    HistoryWatch watch =
        new HistoryWatch(
            id,
            fromIndex,
            watcher,
            projection,
            from -> parts.reader().history(id, from, HISTORY_PIECE),
            views::of,
            watchers,
            parts.watches()::remove);
    parts.watches().add(watch);
    watch.start(summary(id));
    return watch;
  }

  @Override
  public CompletableFuture<ExecutionView> cancel(
      Principal principal, String id, @Nullable String reason) {
    return command(
        principal, id, new Command.Cancel(principal.name(), checked(reason)), "execution.cancel");
  }

  @Override
  public CompletableFuture<ExecutionView> suspend(
      Principal principal, String id, @Nullable String reason) {
    return command(
        principal, id, new Command.Suspend(principal.name(), checked(reason)), "execution.suspend");
  }

  @Override
  public CompletableFuture<ExecutionView> resume(Principal principal, String id) {
    return command(principal, id, new Command.Resume(principal.name()), "execution.resume");
  }

  @Override
  public CompletableFuture<ExecutionView> retry(Principal principal, String id) {
    return command(principal, id, new Command.Retry(principal.name()), "execution.retry");
  }

  @Override
  public CompletableFuture<MigrationView> migrate(
      Principal principal, String id, MigrationRequest request) {
    checks.id(id);
    return parts
        .certainty()
        .confirmed()
        .thenComposeAsync(
            _ -> migrations.migrate(principal, summary(id), request), parts.watchers());
  }

  private @Nullable String checked(@Nullable String reason) {
    checks.reason(reason);
    return reason;
  }

  private CompletableFuture<ExecutionView> command(
      Principal principal, String id, Command command, String operation) {
    checks.id(id);
    return parts.partition().command(id, command, principal.name(), operation).thenApply(views::of);
  }

  @Override
  public CompletableFuture<Integer> publish(Principal principal, List<CloudEvent> events) {
    checks.events(events);
    return parts.partition().publish(events, principal.name());
  }

  @Override
  public LifecycleStream lifecycle(Principal principal, LifecycleFilter filter) {
    return parts.lifecycle().follow(filter);
  }

  @Override
  public List<NodeView> nodes(Principal principal) {
    return nodeOperations.list();
  }

  @Override
  public CompletableFuture<NodeView> admit(
      Principal principal, String node, NodeAdmission admission, @Nullable Duration deadline) {
    return nodeOperations.admit(principal, node, admission, deadline);
  }

  @Override
  public CompletableFuture<NodeView> label(
      Principal principal, String node, Map<String, String> set, List<String> removed) {
    return nodeOperations.label(principal, node, set, removed);
  }

  @Override
  public CompletableFuture<Void> removeNode(Principal principal, String node, boolean force) {
    return nodeOperations.remove(principal, node, force);
  }

  @Override
  public CompletableFuture<Void> reached(int partition, long index) {
    if (parts.store().appliedIndex() >= index) {
      return CompletableFuture.completedFuture(null);
    }
    return parts
        .barrier()
        .get()
        .handle((applied, failure) -> {
          if (failure == null && applied >= index) {
            return null;
          }
          throw new Refusal(
              Refusal.Code.NOT_READY,
              "This coordinator has applied the log up to index "
                  + parts.store().appliedIndex()
                  + ", not up to "
                  + index,
              "Ask again in a moment, or another coordinator; an index counts for one cluster alone",
              Duration.ofMillis(200),
              List.of());
        });
  }

  @Override
  public CompletableFuture<NodeView> awaitNode(Principal principal, String node, Duration atMost) {
    return nodeOperations.await(node, atMost);
  }

  @Override
  public CompletableFuture<NodeProbeView> detectNodeFailure(Principal principal, String node) {
    return nodeOperations.probe(node);
  }

  @Override
  public CompletableFuture<StateSyncView> synchronizeState(Principal principal, String execution) {
    return existing(execution).thenCompose(parts.agreement()::synchronizeState);
  }

  @Override
  public CompletableFuture<ConsensusView> coordinateConsensus(
      Principal principal, String execution) {
    return existing(execution).thenCompose(parts.agreement()::coordinateConsensus);
  }

  /** The id of an execution; that there is none is said when it is certain. */
  private CompletableFuture<String> existing(String id) {
    return parts.reader().summary(id) != null
        ? CompletableFuture.completedFuture(id)
        : parts.certainty().confirmed().thenApplyAsync(_ -> summary(id).id(), parts.watchers());
  }

  @Override
  public List<ScheduleView> schedules(Principal principal) {
    return Schedules.list(parts.store());
  }

  @Override
  public ClusterView cluster(Principal principal) {
    return parts.cluster().get();
  }

  @Override
  public KeyDesk keys() {
    return memberOperations.keys();
  }

  @Override
  public CompletableFuture<JoinTokenView> invite(
      Principal principal, NodeRole role, @Nullable String node, Duration life) {
    return memberOperations.invite(principal, role, node, life);
  }

  @Override
  public CompletableFuture<Void> removeCoordinator(Principal principal, String coordinator) {
    return memberOperations.dismiss(principal, coordinator);
  }

  @Override
  public CompletableFuture<Void> drainCoordinator(
      Principal principal, String coordinator, boolean drained) {
    return memberOperations.drain(principal, coordinator, drained);
  }

  @Override
  public Page<AuditEntry> audit(Principal principal, int limit, @Nullable String cursor) {
    return audit.page(checks.limit(limit), cursor);
  }

  @Override
  public Interactions interactions() {
    return interactions;
  }

  @Override
  public WorkExchange work() {
    return parts.work();
  }

  @Override
  public Readiness readiness() {
    return parts.readiness().get();
  }

  private Summary summary(String id) {
    Summary summary = parts.reader().summary(id);
    if (summary == null) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "There is no execution " + id,
          "capstan list shows what there is");
    }
    return summary;
  }

  private Definition definition(Summary summary) {
    Definitions.Deployed deployed = parts.definitions().find(summary.workflow().hash());
    if (deployed == null) {
      throw new Refusal(
          Refusal.Code.INTERNAL,
          "The definition " + summary.workflow().qualifiedName() + " is missing in the store");
    }
    return deployed.definition();
  }
}
