package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.NodeView;
import dev.capstan.server.gateway.Views.PartitionView;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the gateway tells about partitions and nodes, as metrics. */
final class GatewayReadings implements MetricsSource {
  private static final List<String> STATUSES =
      List.of("joining", "active", "suspect", "draining", "lost", "left");

  private final Gateway gateway;

  GatewayReadings(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public void read(Readings readings) {
    readings.value(Metric.READY, gateway.readiness().ready() ? 1 : 0);
    for (PartitionView partition : gateway.cluster(Principal.ENGINE).partitions()) {
      String id = Integer.toString(partition.id());
      readings.value(Metric.PARTITION_LEADER, partition.role().equals("leader") ? 1 : 0, id);
      readings.value(Metric.PARTITION_TERM, partition.term(), id);
      readings.value(Metric.PARTITION_COMMIT, partition.commitIndex(), id);
      readings.value(Metric.PARTITION_APPLIED, partition.appliedIndex(), id);
      readings.value(Metric.PARTITION_IN_FLIGHT, partition.inFlight(), id);
      readings.value(Metric.PARTITION_CACHED, partition.cachedExecutions(), id);
    }
    nodes(readings, gateway.nodes(Principal.ENGINE));
  }

  private static void nodes(Readings readings, List<NodeView> nodes) {
    Map<String, Integer> byStatus = new TreeMap<>();
    int slots = 0;
    int used = 0;
    for (NodeView node : nodes) {
      byStatus.merge(node.status(), 1, Integer::sum);
      if (node.status().equals("active")) {
        slots += node.slots();
        used += node.running();
      }
    }
    STATUSES.forEach(status -> byStatus.putIfAbsent(status, 0));
    byStatus.forEach((status, count) -> readings.value(Metric.NODES, count, status));
    readings.value(Metric.SLOTS, slots);
    readings.value(Metric.SLOTS_USED, used);
  }
}
