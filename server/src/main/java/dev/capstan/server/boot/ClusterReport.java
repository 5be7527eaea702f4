package dev.capstan.server.boot;

import dev.capstan.server.config.CoordinatorConfig;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.gateway.Views.PartitionView;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionStatus;
import java.util.List;
import java.util.function.Supplier;

/** The cluster as this coordinator sees it. */
final class ClusterReport implements Supplier<ClusterView> {
  private final CoordinatorConfig config;
  private final Partition partition;
  private final ReplicatedLog log;
  private final NodeDirectory nodes;
  private volatile String grpcAddress = "";

  ClusterReport(
      CoordinatorConfig config, Partition partition, ReplicatedLog log, NodeDirectory nodes) {
    this.config = config;
    this.partition = partition;
    this.log = log;
    this.nodes = nodes;
  }

  void listensOn(String address) {
    grpcAddress = address;
  }

  @Override
  public ClusterView get() {
    PartitionStatus status = partition.status();
    LogStatus logged = log.status();
    int waiting = status.tasksWaiting().values().stream().mapToInt(Integer::intValue).sum();
    PartitionView view =
        new PartitionView(
            0,
            role(status.role()),
            logged.role().term(),
            logged.commitIndex(),
            logged.appliedIndex(),
            status.batchesInFlight(),
            status.cachedExecutions(),
            waiting);
    return new ClusterView(
        config.cluster(),
        Version.text(),
        config.coordinator(),
        grpcAddress,
        List.of(view),
        nodes.connected());
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
