package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.gateway.Views.ConsensusView;
import dev.capstan.server.gateway.Views.CoordinatorView;
import dev.capstan.server.gateway.Views.DefinitionView;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.JoinTokenView;
import dev.capstan.server.gateway.Views.MigrationView;
import dev.capstan.server.gateway.Views.NodeProbeView;
import dev.capstan.server.gateway.Views.NodeView;
import dev.capstan.server.gateway.Views.OutputEntry;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.gateway.Views.PartitionView;
import dev.capstan.server.gateway.Views.ReplicaView;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.gateway.Views.StateSyncView;
import dev.capstan.server.gateway.Views.TaskExplanation;
import dev.capstan.server.gateway.Views.TaskView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A gateway over maps. Executions do nothing by themselves: a test says what happens in them. What
 * it refuses and answers follows {@link Gateway}'s words.
 */
public final class MemoryGateway implements Gateway {
  /** When everything happens. */
  public static final Instant NOW = Instant.parse("2026-11-22T10:15:30Z");

  private final Map<String, DefinitionView> definitions = new TreeMap<>();
  private final Map<String, Run> runs = new LinkedHashMap<>();
  private final Map<String, StartRequest> keys = new LinkedHashMap<>();
  private final Map<String, String> idsByKey = new LinkedHashMap<>();
  private final List<AuditEntry> audit = new ArrayList<>();

  /** All events published so far. */
  public final List<CloudEvent> published = new CopyOnWriteArrayList<>();

  /** Answered by {@link #readiness}. */
  public volatile Readiness readiness = new Readiness(true, List.of());

  /** When set, every start fails with it. */
  public volatile @Nullable RuntimeException startFails;

  /** When set, every wait for an execution fails with it. */
  public volatile @Nullable Refusal waitsFail;

  /** When set, starts answer only when it is completed. */
  public volatile @Nullable CompletableFuture<@Nullable Void> startsWaitFor;

  private volatile NodeAdmission admission = NodeAdmission.OPEN;
  private volatile @Nullable Instant drainBy;
  private volatile Map<String, String> nodeLabels = Map.of("zone", "a");
  private long revision;

  @Override
  public synchronized CompletableFuture<DefinitionView> deploy(
      Principal principal, String text, String source) {
    DefinitionView view;
    try {
      view = parse(text, source, principal);
    } catch (Refusal e) {
      return CompletableFuture.failedFuture(e);
    }
    String key = key(view.namespace(), view.name(), view.version());
    DefinitionView before = definitions.putIfAbsent(key, view);
    if (before != null && !text.equals(before.text())) {
      return CompletableFuture.failedFuture(
          new Refusal(
              Refusal.Code.ALREADY_EXISTS,
              "version " + view.version() + " of " + view.name() + " exists"));
    }
    audit(principal, "definitions.deploy", key);
    return CompletableFuture.completedFuture(view);
  }

  @Override
  public List<Refusal.Detail> validate(Principal principal, String text, String source) {
    return parse(text, source, principal).warnings();
  }

  @Override
  public synchronized Page<DefinitionView> definitions(
      Principal principal, @Nullable String namespace, int limit, @Nullable String cursor) {
    List<DefinitionView> all =
        definitions.values().stream()
            .filter(d -> namespace == null || d.namespace().equals(namespace))
            .map(MemoryGateway::withoutText)
            .toList();
    return page(all, limit, cursor);
  }

  @Override
  public synchronized DefinitionView definition(
      Principal principal, String namespace, String name, @Nullable String version) {
    DefinitionView found = null;
    for (DefinitionView view : definitions.values()) {
      boolean named = view.namespace().equals(namespace) && view.name().equals(name);
      if (named && (version == null || version.equals(view.version()))) {
        found = view;
      }
    }
    if (found == null) {
      throw new Refusal(Refusal.Code.NOT_FOUND, "there is no definition " + namespace + "/" + name);
    }
    return found;
  }

  @Override
  public CompletableFuture<ExecutionView> start(Principal principal, StartRequest request) {
    RuntimeException failure = startFails;
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    CompletableFuture<@Nullable Void> gate = startsWaitFor;
    if (gate != null) {
      return gate.thenApply(ignored -> startNow(principal, request));
    }
    try {
      return CompletableFuture.completedFuture(startNow(principal, request));
    } catch (Refusal e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public Gateway.Run run(Principal principal, StartRequest request) {
    CompletableFuture<ExecutionView> started = start(principal, request);
    return new Gateway.Run(
        started, started.thenCompose(view -> await(principal, view.id(), Duration.ofHours(1))));
  }

  private synchronized ExecutionView startNow(Principal principal, StartRequest request) {
    String key = request.key();
    if (key != null) {
      StartRequest before = keys.putIfAbsent(key, request);
      if (before != null && !before.equals(request)) {
        throw new Refusal(Refusal.Code.KEY_REUSED, "the key was used for another request");
      }
      if (before != null) {
        return execution(principal, String.valueOf(idsByKey.get(key))).asReplay();
      }
    }
    String text = request.definition();
    DefinitionView definition =
        text == null
            ? definition(
                principal,
                String.valueOf(request.namespace()),
                String.valueOf(request.name()),
                request.version())
            : parse(text, "inline", principal);
    String id = request.id() == null ? "run-" + (runs.size() + 1) : request.id();
    if (runs.containsKey(id)) {
      throw new Refusal(Refusal.Code.ALREADY_EXISTS, "the execution " + id + " exists");
    }
    if (key != null) {
      idsByKey.put(key, id);
    }
    Run run = new Run(id, definition, request.input(), request.labels(), principal.name());
    runs.put(id, run);
    run.append("execution.started", null);
    audit(principal, "executions.start", id);
    return run.view();
  }

  @Override
  public synchronized ExecutionView execution(Principal principal, String id) {
    return run(id).view();
  }

  @Override
  public CompletableFuture<ExecutionView> await(Principal principal, String id, Duration atMost) {
    Refusal refusal = waitsFail;
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    synchronized (this) {
      Run run = run(id);
      return run.ended
          .copy()
          .completeOnTimeout(null, atMost.toNanos(), TimeUnit.NANOSECONDS)
          .thenApply(ignored -> execution(principal, id));
    }
  }

  @Override
  public synchronized Page<ExecutionView> executions(
      Principal principal, ExecutionFilter filter, int limit, @Nullable String cursor) {
    List<ExecutionView> all =
        runs.values().stream()
            .map(Run::view)
            .filter(v -> filter.status() == null || v.status() == filter.status())
            .filter(v -> filter.namespace() == null || v.namespace().equals(filter.namespace()))
            .filter(v -> filter.name() == null || v.name().equals(filter.name()))
            .filter(v -> v.labels().entrySet().containsAll(filter.labels().entrySet()))
            .toList()
            .reversed();
    return page(all, limit, cursor);
  }

  @Override
  public synchronized TaskExplanation explain(Principal principal, TaskId task) {
    TaskView view = run(task.execution()).view().tasks().getFirst();
    if (!view.id().equals(task)) {
      throw new Refusal(Refusal.Code.NOT_FOUND, "There is no task " + task);
    }
    return new TaskExplanation(
        task,
        task.execution(),
        view.name(),
        view.reference(),
        view.status(),
        view.attempt(),
        view.node(),
        NOW,
        String.valueOf(view.reason()),
        null);
  }

  @Override
  public synchronized Page<HistoryEntry> history(
      Principal principal, String id, long fromIndex, int limit) {
    List<HistoryEntry> rest = run(id).history.stream().filter(e -> e.index() >= fromIndex).toList();
    List<HistoryEntry> items = rest.subList(0, Math.min(limit, rest.size()));
    String next = items.size() < rest.size() ? Long.toString(items.getLast().index() + 1) : null;
    return new Page<>(items, next, revision);
  }

  @Override
  public LifecycleStream lifecycle(Principal principal, LifecycleFilter filter) {
    throw new Refusal(Refusal.Code.NOT_READY, "there are no life-cycle events in memory");
  }

  @Override
  public synchronized Watch watch(Principal principal, String id, long fromIndex, Watcher watcher) {
    Run run = run(id);
    run.history.stream().filter(e -> e.index() >= fromIndex).forEach(watcher::entry);
    if (run.status.hasEnded()) {
      watcher.ended(run.view());
    } else {
      run.watchers.add(watcher);
    }
    return () -> run.watchers.remove(watcher);
  }

  @Override
  public CompletableFuture<ExecutionView> cancel(
      Principal principal, String id, @Nullable String reason) {
    return change(principal, id, Status.CANCELLED, "execution.cancelled", reason);
  }

  @Override
  public CompletableFuture<ExecutionView> suspend(
      Principal principal, String id, @Nullable String reason) {
    return change(principal, id, Status.SUSPENDED, "execution.suspended", reason);
  }

  @Override
  public CompletableFuture<ExecutionView> resume(Principal principal, String id) {
    return change(principal, id, Status.RUNNING, "execution.resumed", null);
  }

  @Override
  public CompletableFuture<ExecutionView> retry(Principal principal, String id) {
    return change(principal, id, Status.RUNNING, "execution.retried", null);
  }

  @Override
  public CompletableFuture<MigrationView> migrate(
      Principal principal, String id, MigrationRequest request) {
    String from = execution(principal, id).version();
    return CompletableFuture.completedFuture(
        new MigrationView(
            id, from, request.version(), true, !request.dryRun(), List.of(), List.of(), 1));
  }

  @Override
  public CompletableFuture<Integer> publish(Principal principal, List<CloudEvent> events) {
    published.addAll(events);
    return CompletableFuture.completedFuture(1);
  }

  @Override
  public List<NodeView> nodes(Principal principal) {
    return List.of(
        new NodeView(
            "n-1",
            "worker-1",
            "active",
            admission.name().toLowerCase(Locale.ROOT),
            drainBy,
            50,
            3,
            List.of("http", "shell"),
            nodeLabels,
            Map.of("python3", "true"),
            4,
            8L << 30,
            100L << 30,
            NOW,
            "0.1.0"));
  }

  @Override
  public CompletableFuture<NodeView> admit(
      Principal principal, String node, NodeAdmission wanted, @Nullable Duration deadline) {
    admission = wanted;
    drainBy = deadline == null ? null : NOW.plus(deadline);
    return CompletableFuture.completedFuture(nodes(principal).getFirst());
  }

  @Override
  public CompletableFuture<NodeView> label(
      Principal principal, String node, Map<String, String> set, List<String> removed) {
    Map<String, String> labels = new TreeMap<>(nodeLabels);
    labels.keySet().removeAll(removed);
    labels.putAll(set);
    nodeLabels = labels;
    return CompletableFuture.completedFuture(nodes(principal).getFirst());
  }

  @Override
  public CompletableFuture<NodeView> awaitNode(Principal principal, String node, Duration atMost) {
    NodeView known = nodes(principal).getFirst();
    return node.equals(known.id()) || node.equals(known.name())
        ? CompletableFuture.completedFuture(known)
        : CompletableFuture.failedFuture(
            new Refusal(Refusal.Code.NOT_FOUND, "there is no node \"" + node + "\""));
  }

  @Override
  public CompletableFuture<NodeProbeView> detectNodeFailure(Principal principal, String node) {
    NodeView known = nodes(principal).getFirst();
    if (!node.equals(known.id()) && !node.equals(known.name())) {
      return CompletableFuture.failedFuture(
          new Refusal(Refusal.Code.NOT_FOUND, "there is no node \"" + node + "\""));
    }
    return CompletableFuture.completedFuture(
        new NodeProbeView(known.name(), known.status(), true, 450L, 0L, 1_200, known.running()));
  }

  @Override
  public CompletableFuture<Void> removeNode(Principal principal, String node, boolean force) {
    return force || admission == NodeAdmission.DRAINING
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(
            new Refusal(Refusal.Code.WRONG_STATE, "node " + node + " takes tasks", "drain it"));
  }

  @Override
  public synchronized CompletableFuture<Void> reached(int partition, long index) {
    return index <= revision
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(
            new Refusal(Refusal.Code.NOT_READY, "not up to index " + index));
  }

  @Override
  public List<ScheduleView> schedules(Principal principal) {
    return List.of(new ScheduleView("ops", "nightly", "1.0.0", "cron", "0 3 * * *", NOW, null, 0));
  }

  @Override
  public synchronized ClusterView cluster(Principal principal) {
    PartitionView partition =
        new PartitionView(0, "leader", "c1", 1, revision, revision, 0, runs.size(), 0);
    CoordinatorView coordinator =
        new CoordinatorView("c1", "127.0.0.1:7481", "", "leader", 0L, false, null);
    return new ClusterView(
        "c-1", "0.1.0", "c1", "127.0.0.1:7481", List.of(coordinator), List.of(partition), 1);
  }

  @Override
  public KeyDesk keys() {
    return new MemoryKeys();
  }

  @Override
  public synchronized CompletableFuture<JoinTokenView> invite(
      Principal principal, NodeRole role, @Nullable String node, Duration life) {
    return CompletableFuture.completedFuture(
        new JoinTokenView(
            "a-token-for-" + role.name().toLowerCase(Locale.ROOT),
            "abcdefgh",
            role.name().toLowerCase(Locale.ROOT),
            NOW.plus(life)));
  }

  @Override
  public CompletableFuture<Void> drainCoordinator(
      Principal principal, String coordinator, boolean drained) {
    return removeCoordinator(principal, coordinator);
  }

  @Override
  public CompletableFuture<Void> removeCoordinator(Principal principal, String coordinator) {
    return coordinator.equals("c2")
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(
            new Refusal(Refusal.Code.NOT_FOUND, "There is no coordinator " + coordinator));
  }

  @Override
  public synchronized CompletableFuture<StateSyncView> synchronizeState(
      Principal principal, String execution) {
    run(execution);
    ReplicaView replica = new ReplicaView("c1", true, revision, 0L, "00000000000000ff", true);
    return CompletableFuture.completedFuture(
        new StateSyncView(execution, 0, revision, replica.digest(), true, List.of(replica)));
  }

  @Override
  public synchronized CompletableFuture<ConsensusView> coordinateConsensus(
      Principal principal, String execution) {
    run(execution);
    return CompletableFuture.completedFuture(
        new ConsensusView(
            execution, 0, "c1", 1, revision, List.of("c1"), 1, List.of("c1"), true, 40));
  }

  @Override
  public synchronized Page<AuditEntry> audit(
      Principal principal, int limit, @Nullable String cursor) {
    return page(audit.reversed(), limit, cursor);
  }

  @Override
  public Interactions interactions() {
    return new MemoryInteractions();
  }

  @Override
  public WorkExchange work() {
    return new MemoryWork();
  }

  @Override
  public Readiness readiness() {
    return readiness;
  }

  /** Something happens in an execution. */
  public synchronized void append(String id, String type, @Nullable String task) {
    run(id).append(type, task);
  }

  /** A running task prints something. */
  public synchronized void print(String id, String text) {
    OutputEntry piece = new OutputEntry("build", "/do/0/build", 1, 1, "stdout", text);
    run(id).watchers.forEach(watcher -> watcher.output(piece));
  }

  /** A running task says how far it is. */
  public synchronized void progress(String id, double fraction, String message) {
    run(id).watchers.forEach(watcher -> watcher.progress(1, fraction, message));
  }

  /** An execution ends well. */
  public synchronized void complete(String id, JsonNode output) {
    Run run = run(id);
    run.output = output;
    run.end(Status.COMPLETED, "execution.completed", null);
  }

  /** An execution ends with an error. */
  public synchronized void fault(String id, WorkflowError error) {
    Run run = run(id);
    run.error = error;
    run.end(Status.FAULTED, "execution.faulted", null);
  }

  /** How many watches an execution has. */
  public synchronized int watchers(String id) {
    return run(id).watchers.size();
  }

  /** All executions so far. */
  public synchronized Collection<String> executionIds() {
    return List.copyOf(runs.keySet());
  }

  private synchronized CompletableFuture<ExecutionView> change(
      Principal principal, String id, Status status, String type, @Nullable String reason) {
    try {
      Run run = run(id);
      if (run.status.hasEnded()) {
        throw new Refusal(
            Refusal.Code.WRONG_STATE, "the execution " + id + " is " + run.status.word());
      }
      if (status.hasEnded()) {
        run.end(status, type, reason);
      } else {
        run.status = status;
        run.append(type, null, reason);
      }
      audit(principal, type, id);
      return CompletableFuture.completedFuture(run.view());
    } catch (Refusal e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Run run(String id) {
    Run run = runs.get(id);
    if (run == null) {
      throw new Refusal(Refusal.Code.NOT_FOUND, "there is no execution \"" + id + "\"");
    }
    return run;
  }

  private void audit(Principal principal, String operation, String object) {
    audit.add(
        new AuditEntry(audit.size() + 1L, NOW, principal.name(), operation, object, "done", null));
  }

  private <T> Page<T> page(List<T> all, int limit, @Nullable String cursor) {
    int from = cursor == null ? 0 : Integer.parseInt(cursor);
    int to = Math.min(all.size(), from + limit);
    return new Page<>(
        all.subList(from, to), to < all.size() ? Integer.toString(to) : null, revision);
  }

  private static DefinitionView parse(String text, String source, Principal principal) {
    String name = member(text, "name");
    if (name == null) {
      Refusal.Detail fault =
          new Refusal.Detail(
              "CAP-1001", "/document/name", 1, 1, "\"name\" is missing in " + source, "add a name");
      throw new Refusal(
          Refusal.Code.INVALID_DEFINITION,
          "the definition has a fault",
          null,
          null,
          List.of(fault));
    }
    String namespace = member(text, "namespace");
    String version = member(text, "version");
    return new DefinitionView(
        namespace == null ? "default" : namespace,
        name,
        version == null ? "1.0.0" : version,
        Integer.toHexString(text.hashCode()),
        null,
        null,
        NOW,
        principal.name(),
        text,
        List.of());
  }

  private static @Nullable String member(String text, String name) {
    Matcher matcher = Pattern.compile("\\b" + name + "\"?\\s*:\\s*\"?([\\w.-]+)").matcher(text);
    return matcher.find() ? matcher.group(1) : null;
  }

  private static String key(String namespace, String name, String version) {
    return namespace + "/" + name + "/" + version;
  }

  private static DefinitionView withoutText(DefinitionView d) {
    return new DefinitionView(
        d.namespace(),
        d.name(),
        d.version(),
        d.hash(),
        d.title(),
        d.summary(),
        d.deployedAt(),
        d.deployedBy(),
        null,
        d.warnings());
  }

  /** One execution. */
  private final class Run {
    private final String id;
    private final DefinitionView definition;
    private final JsonNode input;
    private final Map<String, String> labels;
    private final String startedBy;
    private final List<HistoryEntry> history = new ArrayList<>();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private Status status = Status.RUNNING;
    private @Nullable JsonNode output;
    private @Nullable WorkflowError error;

    private Run(
        String id,
        DefinitionView definition,
        JsonNode input,
        Map<String, String> labels,
        String startedBy) {
      this.id = id;
      this.definition = definition;
      this.input = input;
      this.labels = labels;
      this.startedBy = startedBy;
    }

    private void append(String type, @Nullable String task) {
      append(type, task, null);
    }

    private void append(String type, @Nullable String task, @Nullable String reason) {
      revision++;
      HistoryEntry entry =
          new HistoryEntry(
              history.size(),
              NOW,
              type,
              task,
              task == null ? null : "/do/0/" + task,
              task == null ? null : new TaskId(id, 1),
              task == null ? null : 1L,
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              reason,
              null);
      history.add(entry);
      watchers.forEach(watcher -> watcher.entry(entry));
    }

    private void end(Status how, String type, @Nullable String reason) {
      status = how;
      append(type, null, reason);
      watchers.forEach(watcher -> watcher.ended(view()));
      watchers.clear();
      ended.complete(null);
    }

    private ExecutionView view() {
      TaskView task =
          new TaskView(
              new TaskId(id, 1),
              1,
              0,
              "build",
              "/do/0/build",
              0,
              Status.PENDING,
              0,
              null,
              NOW,
              null,
              "no node has a free slot",
              null,
              null);
      return new ExecutionView(
          id,
          definition.namespace(),
          definition.name(),
          definition.version(),
          status,
          input,
          output,
          error,
          labels,
          NOW,
          status.hasEnded() ? NOW : null,
          startedBy,
          null,
          status.hasEnded() ? List.of() : List.of(task),
          revision,
          false);
    }
  }
}
