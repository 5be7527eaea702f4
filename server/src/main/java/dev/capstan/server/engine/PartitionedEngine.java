package dev.capstan.server.engine;

import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.KeyDesk;
import dev.capstan.server.gateway.KeySpace;
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
import dev.capstan.server.gateway.WorkExchange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The gateway of a coordinator whose cluster has several partitions. What is about an execution
 * goes to the partition that owns it, what is about the cluster to the first; lists are put
 * together from all replicas here. Where a partition is led elsewhere, its engine refuses what it
 * can't do, as it would alone.
 */
public final class PartitionedEngine implements Gateway {
  private final KeySpace keys;
  private final List<Part> parts;
  private final Part first;
  private final Publisher publisher;

  /**
   * One partition.
   *
   * @param isHere whether it is led here
   */
  public record Part(Engine engine, BooleanSupplier isHere) {}

  /** Takes cloud events to partitions, wherever they are led. */
  @FunctionalInterface
  public interface Publisher {
    /**
     * @return completes with the number of executions that took one, when that is durable
     */
    CompletableFuture<Integer> publish(int partition, List<CloudEvent> events);
  }

  /**
   * @param parts in the order of the partitions
   */
  public PartitionedEngine(KeySpace keys, List<Part> parts, Publisher publisher) {
    this.keys = keys;
    this.parts = List.copyOf(parts);
    this.first = parts.getFirst();
    this.publisher = publisher;
  }

  private Engine cluster() {
    return first.engine();
  }

  private Engine owner(String execution) {
    return parts.get(keys.ownerOf(execution)).engine();
  }

  @Override
  public CompletableFuture<DefinitionView> deploy(Principal principal, String text, String source) {
    return cluster().deploy(principal, text, source);
  }

  @Override
  public List<Refusal.Detail> validate(Principal principal, String text, String source) {
    return cluster().validate(principal, text, source);
  }

  @Override
  public Page<DefinitionView> definitions(
      Principal principal, @Nullable String namespace, int limit, @Nullable String cursor) {
    return cluster().definitions(principal, namespace, limit, cursor);
  }

  @Override
  public DefinitionView definition(
      Principal principal, String namespace, String name, @Nullable String version) {
    return cluster().definition(principal, namespace, name, version);
  }

  @Override
  public CompletableFuture<ExecutionView> start(Principal principal, StartRequest request) {
    return partFor(request).engine().start(principal, request);
  }

  @Override
  public Run run(Principal principal, StartRequest request) {
    return partFor(request).engine().run(principal, request);
  }

  private Part partFor(StartRequest request) {
    String id = request.id();
    String key = request.key();
    if (id != null) {
      return parts.get(keys.ownerOf(id));
    }
    if (key != null) {
      return parts.get(keys.ownerOfKey(key));
    }
    List<Part> here = parts.stream().filter(part -> part.isHere().getAsBoolean()).toList();
    List<Part> choice = here.isEmpty() ? parts : here;
    return choice.get(ThreadLocalRandom.current().nextInt(choice.size()));
  }

  @Override
  public ExecutionView execution(Principal principal, String id) {
    return owner(id).execution(principal, id);
  }

  @Override
  public CompletableFuture<ExecutionView> await(Principal principal, String id, Duration atMost) {
    return owner(id).await(principal, id, atMost);
  }

  @Override
  public Page<ExecutionView> executions(
      Principal principal, ExecutionFilter filter, int limit, @Nullable String cursor) {
    return MergedPages.executions(
        each(engine -> engine.executions(principal, filter, limit, cursor)), limit);
  }

  private <T> List<T> each(Function<Engine, T> question) {
    return parts.stream().map(part -> question.apply(part.engine())).toList();
  }

  @Override
  public TaskExplanation explain(Principal principal, TaskId task) {
    return owner(task.execution()).explain(principal, task);
  }

  @Override
  public Page<HistoryEntry> history(Principal principal, String id, long fromIndex, int limit) {
    return owner(id).history(principal, id, fromIndex, limit);
  }

  @Override
  public Watch watch(Principal principal, String id, long fromIndex, Watcher watcher) {
    return owner(id).watch(principal, id, fromIndex, watcher);
  }

  @Override
  public CompletableFuture<ExecutionView> cancel(
      Principal principal, String id, @Nullable String reason) {
    return owner(id).cancel(principal, id, reason);
  }

  @Override
  public CompletableFuture<ExecutionView> suspend(
      Principal principal, String id, @Nullable String reason) {
    return owner(id).suspend(principal, id, reason);
  }

  @Override
  public CompletableFuture<ExecutionView> resume(Principal principal, String id) {
    return owner(id).resume(principal, id);
  }

  @Override
  public CompletableFuture<ExecutionView> retry(Principal principal, String id) {
    return owner(id).retry(principal, id);
  }

  @Override
  public CompletableFuture<MigrationView> migrate(
      Principal principal, String id, MigrationRequest request) {
    return owner(id).migrate(principal, id, request);
  }

  /**
   * The first partition checks and audits them, and they are acknowledged when all partitions have
   * them. Where that fails on the way, whoever sent them sends them again: they are known by their
   * ids.
   */
  @Override
  public CompletableFuture<Integer> publish(Principal principal, List<CloudEvent> events) {
    return cluster()
        .publish(principal, events)
        .thenCompose(takers -> {
          CompletableFuture<Integer> sum = CompletableFuture.completedFuture(takers);
          for (int partition = 1; partition < parts.size(); partition++) {
            sum = sum.thenCombine(publisher.publish(partition, events), Integer::sum);
          }
          return sum;
        });
  }

  @Override
  public LifecycleStream lifecycle(Principal principal, LifecycleFilter filter) {
    return cluster().lifecycle(principal, filter);
  }

  @Override
  public List<NodeView> nodes(Principal principal) {
    return cluster().nodes(principal);
  }

  @Override
  public CompletableFuture<NodeView> awaitNode(Principal principal, String node, Duration atMost) {
    return cluster().awaitNode(principal, node, atMost);
  }

  @Override
  public CompletableFuture<NodeView> admit(
      Principal principal, String node, NodeAdmission admission, @Nullable Duration deadline) {
    return cluster().admit(principal, node, admission, deadline);
  }

  @Override
  public CompletableFuture<NodeView> label(
      Principal principal, String node, Map<String, String> set, List<String> removed) {
    return cluster().label(principal, node, set, removed);
  }

  @Override
  public CompletableFuture<NodeProbeView> detectNodeFailure(Principal principal, String node) {
    return cluster().detectNodeFailure(principal, node);
  }

  @Override
  public CompletableFuture<Void> removeNode(Principal principal, String node, boolean force) {
    return cluster().removeNode(principal, node, force);
  }

  @Override
  public CompletableFuture<Void> reached(int partition, long index) {
    return parts.get(partition).engine().reached(partition, index);
  }

  @Override
  public List<ScheduleView> schedules(Principal principal) {
    return cluster().schedules(principal);
  }

  @Override
  public ClusterView cluster(Principal principal) {
    return cluster().cluster(principal);
  }

  @Override
  public KeyDesk keys() {
    return cluster().keys();
  }

  @Override
  public CompletableFuture<JoinTokenView> invite(
      Principal principal, NodeRole role, @Nullable String node, Duration life) {
    return cluster().invite(principal, role, node, life);
  }

  @Override
  public CompletableFuture<Void> removeCoordinator(Principal principal, String coordinator) {
    return cluster().removeCoordinator(principal, coordinator);
  }

  @Override
  public CompletableFuture<Void> drainCoordinator(
      Principal principal, String coordinator, boolean drained) {
    return cluster().drainCoordinator(principal, coordinator, drained);
  }

  @Override
  public CompletableFuture<StateSyncView> synchronizeState(Principal principal, String execution) {
    return owner(execution).synchronizeState(principal, execution);
  }

  @Override
  public CompletableFuture<ConsensusView> coordinateConsensus(
      Principal principal, String execution) {
    return owner(execution).coordinateConsensus(principal, execution);
  }

  @Override
  public Page<AuditEntry> audit(Principal principal, int limit, @Nullable String cursor) {
    List<@Nullable String> cursors = MergedPages.auditCursors(cursor, parts.size());
    List<Page<AuditEntry>> pages = new ArrayList<>();
    for (int partition = 0; partition < parts.size(); partition++) {
      pages.add(parts.get(partition).engine().audit(principal, limit, cursors.get(partition)));
    }
    return MergedPages.audit(pages, cursors, limit);
  }

  @Override
  public Interactions interactions() {
    return new PartitionedInteractions(
        keys, parts.stream().map(part -> part.engine().interactions()).toList());
  }

  @Override
  public WorkExchange work() {
    return new PartitionedWork(keys, parts.stream().map(part -> part.engine().work()).toList());
  }

  @Override
  public Readiness readiness() {
    return cluster().readiness();
  }
}
