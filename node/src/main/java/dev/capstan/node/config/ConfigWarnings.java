package dev.capstan.node.config;

import dev.capstan.node.config.NodeConfig.Consensus;
import dev.capstan.node.config.NodeConfig.FailureDetection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells which values can't meet what the engine promises. */
public final class ConfigWarnings {
  /** Of the promised 2 s, what is left to place and start the tasks of a lost node. */
  private static final Duration LONGEST_LEASE = Duration.ofMillis(1_500);

  /** Twice this, and the time for votes, stays below 2 s. */
  private static final Duration LONGEST_ELECTION_TIMEOUT = Duration.ofMillis(800);

  private static final Duration LONGEST_HEARTBEAT = Duration.ofSeconds(1);

  private static final String RECOVERY =
      "promised is that tasks of a lost node run elsewhere within 2s, but ";

  private ConfigWarnings() {}

  /**
   * One line for each value that is accepted although a promise can't be met with it: the value,
   * the promise, what it costs, and what would meet it. The defaults have none.
   */
  public static List<String> warnings(NodeConfig config) {
    List<String> warnings = new ArrayList<>();
    heartbeat(config.nodeDiscovery().heartbeatInterval(), warnings);
    election(config.consensus(), warnings);
    detection(config.failureDetection(), warnings);
    recovery(config.failureDetection(), warnings);
    return List.copyOf(warnings);
  }

  /**
   * One line where the configuration wants another number of partitions than the cluster was made
   * with: that counts for nothing, and is no reason to do without a coordinator.
   *
   * @param made into how many the state of the cluster is divided
   */
  public static Optional<String> partitions(NodeConfig config, int made) {
    int wanted = config.consensus().partitions();
    return wanted == 0 || wanted == made
        ? Optional.empty()
        : Optional.of(
            said(Keys.PARTITIONS, Integer.toString(wanted))
                + "the state of this cluster is in "
                + made
                + " for ever, as it was made, so this counts for nothing; remove it, or write "
                + made);
  }

  private static void heartbeat(Duration interval, List<String> warnings) {
    if (interval.compareTo(LONGEST_HEARTBEAT) > 0) {
      warnings.add(
          said(Keys.HEARTBEAT_INTERVAL, Times.print(interval))
              + "promised is that a node is registered within 1s, but one that missed a coordinator, or whose"
              + " capabilities changed, waits up to "
              + Times.print(interval)
              + "; "
              + Times.print(LONGEST_HEARTBEAT)
              + " or less meets it");
    }
  }

  private static void election(Consensus consensus, List<String> warnings) {
    Duration timeout = consensus.electionTimeout();
    if (timeout.compareTo(LONGEST_ELECTION_TIMEOUT) > 0) {
      warnings.add(
          said(Keys.ELECTION_TIMEOUT, Times.print(timeout))
              + "promised is that work goes on within 2s after a leader was killed, but its followers wait "
              + Times.print(timeout)
              + " to "
              + Times.print(timeout.multipliedBy(2))
              + " before they stand for election; "
              + Times.print(LONGEST_ELECTION_TIMEOUT)
              + " or less meets it");
    }
  }

  private static void detection(FailureDetection detection, List<String> warnings) {
    Duration lease = detection.detectionInterval();
    if (!detection.enabled()) {
      warnings.add(
          said(Keys.DETECTION_ENABLED, "false")
              + RECOVERY
              + "one that is cut off or hangs is noticed only when its connection breaks, which can take"
              + " minutes; true meets it");
    } else if (lease.compareTo(LONGEST_LEASE) > 0) {
      warnings.add(
          said(Keys.DETECTION_INTERVAL, Times.print(lease))
              + RECOVERY
              + "one that is cut off counts as lost only after "
              + Times.print(lease)
              + "; "
              + Times.print(LONGEST_LEASE)
              + " or less meets it");
    }
  }

  private static void recovery(FailureDetection detection, List<String> warnings) {
    String start = said(Keys.RECOVERY_STRATEGY, Form.word(detection.recoveryStrategy())) + RECOVERY;
    switch (detection.recoveryStrategy()) {
      case REASSIGN -> {}
      case RETRY_SAME_NODE ->
          warnings.add(
              start
                  + "they wait for it for up to "
                  + Times.print(detection.recoveryTimeout())
                  + "; reassign meets it");
      case FAIL -> warnings.add(start + "they fail; reassign meets it");
    }
  }

  private static String said(Key<?> key, String value) {
    return key.path() + " is " + value + ": ";
  }
}
