package dev.capstan.server.boot;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.server.clocks.ClockWatch;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.gateway.Views.CoordinatorView;
import dev.capstan.server.gateway.Views.PartitionView;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.membership.Roster;
import dev.capstan.server.partition.PartitionStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The cluster as this coordinator sees it. */
final class ClusterReport implements Supplier<ClusterView> {
  private final CoordinatorConfig config;
  private final List<LocalPartition> partitions;
  private final @Nullable Roster roster;
  private final @Nullable ClockWatch clocks;
  private final Supplier<List<String>> members;
  private volatile String grpcAddress = "";

  /**
   * @param members the coordinators that have a replica of the first partition
   */
  ClusterReport(
      CoordinatorConfig config,
      List<LocalPartition> partitions,
      @Nullable Roster roster,
      @Nullable ClockWatch clocks,
      Supplier<List<String>> members) {
    this.members = members;
    this.roster = roster;
    this.clocks = clocks;
    this.config = config;
    this.partitions = partitions;
  }

  void listensOn(String address) {
    grpcAddress = address;
  }

  @Override
  public ClusterView get() {
    LocalPartition first = partitions.getFirst();
    return new ClusterView(
        config.cluster(),
        Version.text(),
        config.coordinator(),
        grpcAddress,
        coordinators(first.log().status()),
        partitions.stream().map(ClusterReport::view).toList(),
        first.nodes().connected());
  }

  private static PartitionView view(LocalPartition partition) {
    PartitionStatus status = partition.partition().status();
    LogStatus logged = partition.log().status();
    int waiting = status.tasksWaiting().values().stream().mapToInt(Integer::intValue).sum();
    return new PartitionView(
        partition.number(),
        role(status.role()),
        logged.role().leader(),
        logged.role().term(),
        logged.commitIndex(),
        logged.appliedIndex(),
        status.batchesInFlight(),
        status.cachedExecutions(),
        waiting);
  }

  private List<CoordinatorView> coordinators(LogStatus logged) {
    if (roster == null) {
      return List.of(
          new CoordinatorView(config.coordinator(), grpcAddress, "", "leader", 0L, false, null));
    }
    Map<String, LogStatus.Peer> peers = new HashMap<>();
    // The log sends to those that are to be taken in as well.
    List<String> replicas = members.get();
    logged.peers().stream()
        .filter(peer -> replicas.contains(peer.node()))
        .forEach(peer -> peers.put(peer.node(), peer));
    String leader = logged.role().leader();
    List<CoordinatorView> views = new ArrayList<>();
    for (CoordinatorPlace place : roster.coordinators().values()) {
      boolean leads = place.node().equals(leader);
      LogStatus.Peer peer = peers.get(place.node());
      views.add(
          new CoordinatorView(
              place.node(),
              place.grpc().toString(),
              "https://" + place.http(),
              leads ? "leader" : role(peer, logged.role().leads()),
              leads ? Long.valueOf(0) : peer == null ? null : Long.valueOf(peer.lag()),
              roster.isDrained(place.node()),
              clocks == null ? null : clocks.aheadSeconds(place.node())));
    }
    return views;
  }

  /** What another coordinator is; only the one that leads knows more than that it is there. */
  private static String role(LogStatus.@Nullable Peer peer, boolean leads) {
    if (!leads) {
      return "follower";
    }
    if (peer == null) {
      return "joining";
    }
    return peer.answers() ? "follower" : "unreachable";
  }

  private static String role(PartitionStatus.Role role) {
    return switch (role) {
      case LEADING -> "leader";
      case FOLLOWING -> "follower";
      case FENCED -> "fenced";
      case FAILED -> "failed";
    };
  }
}
