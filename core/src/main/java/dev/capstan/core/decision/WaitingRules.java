package dev.capstan.core.decision;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What holds for tasks that wait for a node or lost theirs, unless they say it themselves under
 * {@code metadata.capstan}.
 *
 * @param queueTimeout after so long without a node a task faults; null lets it wait for ever
 * @param recovery what becomes of a task whose node is lost while it may have run there
 * @param recoveryTimeout how long {@link RecoveryStrategy#RETRY_SAME_NODE} waits for the node
 *     before any other will do
 */
public record WaitingRules(
    @Nullable Duration queueTimeout, RecoveryStrategy recovery, Duration recoveryTimeout) {

  /** Waits for ever for a first node, and goes to another one when that is lost. */
  public static final WaitingRules DEFAULT =
      new WaitingRules(null, RecoveryStrategy.REASSIGN, Duration.ofMinutes(1));

  public WaitingRules {
    if (recoveryTimeout.isNegative() || (queueTimeout != null && !queueTimeout.isPositive())) {
      throw new IllegalArgumentException(
          "a task waits for some time: " + queueTimeout + ", " + recoveryTimeout);
    }
  }
}
