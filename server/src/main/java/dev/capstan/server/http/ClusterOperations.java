package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.gateway.Views.PartitionView;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.http.json.Described;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What operators look at: cluster, partitions, schedules, audit. */
final class ClusterOperations {
  private static final String TAG = "cluster";

  private final Gateway gateway;

  ClusterOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("A replicated group as this coordinator sees it")
  record Partition(
      int id,
      @Described("leader, follower or candidate") String role,
      long term,
      long commitIndex,
      long appliedIndex,
      @Described("Batches on their way to a majority") int inFlight,
      int cachedExecutions,
      @Described("Tasks without a node") int waitingTasks) {

    static Partition of(PartitionView view) {
      return new Partition(
          view.id(),
          view.role(),
          view.term(),
          view.commitIndex(),
          view.appliedIndex(),
          view.inFlight(),
          view.cachedExecutions(),
          view.waitingTasks());
    }
  }

  record PartitionList(List<Partition> partitions) {}

  @Described("The cluster as this coordinator sees it")
  record Cluster(
      String id,
      String version,
      @Described("Name of the coordinator that answers") String coordinator,
      String grpcAddress,
      List<Partition> partitions,
      int nodes) {}

  @Described("When a workflow starts by itself")
  record Schedule(
      String namespace,
      String name,
      String version,
      @Described("cron, every, after or on") String kind,
      String expression,
      @Nullable Instant next,
      @Nullable Instant last,
      long fired) {

    static Schedule of(ScheduleView view) {
      return new Schedule(
          view.namespace(),
          view.name(),
          view.version(),
          view.kind(),
          view.expression(),
          view.next(),
          view.last(),
          view.fired());
    }
  }

  record ScheduleList(List<Schedule> schedules) {}

  @Described("One change and who made it")
  record AuditRecord(
      long sequence,
      Instant time,
      String principal,
      String operation,
      String object,
      String result,
      @Nullable String detail) {

    static AuditRecord of(AuditEntry entry) {
      return new AuditRecord(
          entry.sequence(),
          entry.time(),
          entry.principal(),
          entry.operation(),
          entry.object(),
          entry.result(),
          entry.detail());
    }
  }

  record AuditList(List<AuditRecord> entries, @Nullable String next) {}

  List<Operation> operations() {
    return List.of(schedules(), cluster(), partitions(), audit());
  }

  private Operation schedules() {
    return Operation.get("/v1/schedules", "listSchedules")
        .tag("schedules", Permissions.SCHEDULES_READ)
        .summary("Lists schedules of deployed definitions")
        .gives(200, "The schedules", ScheduleList.class)
        .handledBy(call ->
            Answer.json(
                200,
                new ScheduleList(
                    gateway.schedules(call.principal()).stream().map(Schedule::of).toList())));
  }

  private Operation cluster() {
    return Operation.get("/v1/cluster", "getCluster")
        .tag(TAG, Permissions.CLUSTER_READ)
        .summary("Shows the cluster as this coordinator sees it")
        .gives(200, "The cluster", Cluster.class)
        .handledBy(call -> {
          ClusterView view = gateway.cluster(call.principal());
          return Answer.json(
              200,
              new Cluster(
                  view.id(),
                  view.version(),
                  view.coordinator(),
                  view.grpcAddress(),
                  view.partitions().stream().map(Partition::of).toList(),
                  view.nodes()));
        });
  }

  private Operation partitions() {
    return Operation.get("/v1/cluster/partitions", "listPartitions")
        .tag(TAG, Permissions.CLUSTER_READ)
        .summary("Lists the replicated groups as this coordinator sees them")
        .gives(200, "The partitions", PartitionList.class)
        .handledBy(call ->
            Answer.json(
                200,
                new PartitionList(
                    gateway.cluster(call.principal()).partitions().stream()
                        .map(Partition::of)
                        .toList())));
  }

  private Operation audit() {
    return Operation.get("/v1/audit", "listAudit")
        .tag("audit", Permissions.AUDIT_READ)
        .summary("Lists changes and who made them, latest first")
        .paged()
        .gives(200, "A page", AuditList.class)
        .handledBy(call -> {
          Page<AuditEntry> page = gateway.audit(call.principal(), call.limit(), call.cursor());
          List<AuditRecord> entries = page.items().stream().map(AuditRecord::of).toList();
          return Wire.page(call, page, new AuditList(entries, page.next()));
        });
  }
}
