package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.NodeRole;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.gateway.Views.CoordinatorView;
import dev.capstan.server.gateway.Views.JoinTokenView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.gateway.Views.PartitionView;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.http.json.Described;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What operators look at: cluster, partitions, schedules, audit. */
final class ClusterOperations {
  private static final String TAG = "cluster";
  private static final Duration DEFAULT_LIFE = Duration.ofMinutes(15);

  private final Gateway gateway;

  ClusterOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("A replicated group as this coordinator sees it")
  record Partition(
      int id,
      @Described("Of the coordinator that answers: leader, follower, fenced or failed") String role,
      @Described("The coordinator that leads; none while nobody is known to")
          @Nullable String leader,
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
          view.leader(),
          view.term(),
          view.commitIndex(),
          view.appliedIndex(),
          view.inFlight(),
          view.cachedExecutions(),
          view.waitingTasks());
    }
  }

  record PartitionList(List<Partition> partitions) {}

  @Described("A coordinator")
  record Coordinator(
      String id,
      @Described("Where workers and clients of gRPC reach it") String grpc,
      @Described("Where the HTTP API is") String http,
      @Described("leader, follower, unreachable, or joining before it has a replica") String role,
      @Described("Entries of the log that it has not got yet, where that is known")
          @Nullable Long lag,
      @Described("Whether it leaves leading to others") boolean drained,
      @Described(
              "How far its clock is ahead of most coordinators', where that is known; less than 0:"
                  + " behind. From 300 on, either way, it leaves leading to others")
          @Nullable Double clockAheadSeconds) {

    static Coordinator of(CoordinatorView view) {
      return new Coordinator(
          view.id(),
          view.grpc(),
          view.http(),
          view.role(),
          view.lag(),
          view.drained(),
          view.clockAheadSeconds());
    }
  }

  @Described("What shall join, and how long it may")
  record Invitation(
      @Described("coordinator or worker") String role,
      @Described("The only node that may use the token; any without it") @Nullable String node,
      @Described("Such as 15m, which it is without it; at most 24h") @Nullable String life) {}

  @Described("What lets one machine join, once. The token is not shown again")
  record JoinToken(String token, String id, String role, Instant expiresAt) {
    static JoinToken of(JoinTokenView view) {
      return new JoinToken(view.token(), view.id(), view.role(), view.expiresAt());
    }
  }

  @Described("The cluster as this coordinator sees it")
  record Cluster(
      String id,
      String version,
      @Described("Name of the coordinator that answers") String coordinator,
      String grpcAddress,
      List<Coordinator> coordinators,
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
    return List.of(
        schedules(),
        cluster(),
        partitions(),
        invite(),
        dismiss(),
        drain(true),
        drain(false),
        audit());
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
                  view.coordinators().stream().map(Coordinator::of).toList(),
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

  private Operation invite() {
    return Operation.post("/v1/cluster/join-tokens", "createJoinToken")
        .tag(TAG, Permissions.CLUSTER_CONTROL)
        .summary("Makes a token that lets one machine join, once")
        .takes(Invitation.class)
        .gives(201, "The token, which is not shown again", JoinToken.class)
        .handledBy(call -> {
          Invitation wanted = call.body(Invitation.class);
          return Answer.json(
              201,
              JoinToken.of(
                  call.await(
                      gateway.invite(
                          call.principal(),
                          role(wanted.role()),
                          wanted.node(),
                          life(wanted.life())))));
        });
  }

  private static NodeRole role(String word) {
    return switch (word) {
      case "coordinator" -> NodeRole.COORDINATOR;
      case "worker" -> NodeRole.WORKER;
      default ->
          throw new Refusal(
              Refusal.Code.INVALID_REQUEST,
              "\"role\" is \"" + word + "\"",
              "It must be coordinator or worker");
    };
  }

  private static Duration life(@Nullable String text) {
    if (text == null) {
      return DEFAULT_LIFE;
    }
    try {
      return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    } catch (DateTimeParseException e) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "\"life\" is \"" + text + "\"",
          "It must be a time such as 15m or 1h30m, at most 24h");
    }
  }

  private Operation dismiss() {
    return Operation.delete("/v1/cluster/coordinators/{id}", "removeCoordinator")
        .tag(TAG, Permissions.CLUSTER_CONTROL)
        .summary("Puts a coordinator out of the cluster")
        .with(Parameter.path("id", "Id of the coordinator"))
        .gives(204, "It is out")
        .handledBy(call -> {
          call.await(gateway.removeCoordinator(call.principal(), call.path("id")));
          return Answer.empty(204);
        });
  }

  private Operation drain(boolean drained) {
    String verb = drained ? "drain" : "undrain";
    return Operation.post("/v1/cluster/coordinators/{id}/" + verb, verb + "Coordinator")
        .tag(TAG, Permissions.CLUSTER_CONTROL)
        .summary(
            drained
                ? "Lets a coordinator lead no more while another one can; it goes on to replicate"
                : "Lets a coordinator lead again")
        .with(Parameter.path("id", "Id of the coordinator"))
        .gives(204, "It is so")
        .handledBy(call -> {
          call.await(gateway.drainCoordinator(call.principal(), call.path("id"), drained));
          return Answer.empty(204);
        });
  }

  private Operation audit() {
    return Operation.get("/v1/audit", "listAudit")
        .reach(Reach.ALL)
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
