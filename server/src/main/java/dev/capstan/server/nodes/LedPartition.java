package dev.capstan.server.nodes;

import dev.capstan.core.decision.Command;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests;
import org.jspecify.annotations.Nullable;

/**
 * The partition that the nodes are those of, for as long as this coordinator leads it. What is said
 * to it otherwise is said to nobody. Safe for any thread; a caller that asks twice may get two
 * answers, since leading begins and ends on the partition's own thread.
 */
final class LedPartition {
  private volatile @Nullable PartitionRequests requests;
  private volatile long term;
  private volatile boolean stopped;

  /** This coordinator leads. On the partition's thread. */
  void begin(long leadsIn, PartitionRequests partition) {
    term = leadsIn;
    requests = partition;
  }

  /** It leads no more. On the partition's thread. */
  void end() {
    requests = null;
  }

  /** The coordinator stops: no session begins or ends any more, whoever leads. */
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  /** The term of the present leadership, or of the last one. */
  long term() {
    return term;
  }

  boolean isLed() {
    return requests != null;
  }

  /** What takes requests; null when this coordinator does not lead. */
  @Nullable PartitionRequests requests() {
    return requests;
  }

  /**
   * What takes requests.
   *
   * @throws Refusal when this coordinator does not lead
   */
  PartitionRequests required() {
    PartitionRequests present = requests;
    if (present == null) {
      throw new Refusal(Refusal.Code.NOT_READY, "the coordinator is still starting");
    }
    return present;
  }

  void forward(Command report, String execution) {
    PartitionRequests present = requests;
    if (present != null) {
      present.report(report, execution);
    }
  }

  /** Tasks that wait may find a place now. */
  void capacityChanged() {
    PartitionRequests present = requests;
    if (present != null) {
      present.slotsFreed();
    }
  }
}
