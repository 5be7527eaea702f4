package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.model.DslDuration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What {@code metadata.capstan} of a task says about its waiting for a node and the loss of that
 * node, and what holds where it says nothing. Definitions are validated; what is not as it should
 * be counts as left out.
 */
final class Waiting {
  /** Settings that are not about nodes; they may be large. */
  private static final List<String> NOT_FOR_QUEUES =
      List.of("compensate", "continueAsNew", "idempotencyKey", "deadline", "authorizationCode");

  private final WaitingRules rules;
  private final Execution execution;

  Waiting(WaitingRules rules, Execution execution) {
    this.rules = rules;
    this.execution = execution;
  }

  /** What becomes of the task when its node is lost. */
  RecoveryStrategy recovery(TaskRun run) {
    if (run.fetching() != null) {
      return RecoveryStrategy.REASSIGN;
    }
    RecoveryStrategy own = RecoveryStrategy.of(settings(run).path("recovery").asText());
    return own == null ? rules.recovery() : own;
  }

  /** What the queue is told; pinned to the node that the task is to go to again. */
  static JsonNode placement(TaskRun run) {
    JsonNode settings = settings(run);
    String node = run.boundTo();
    boolean same = node == null && NOT_FOR_QUEUES.stream().noneMatch(settings::has);
    if (same) {
      return settings;
    }
    ObjectNode told = settings.deepCopy();
    told.remove(NOT_FOR_QUEUES);
    return node == null ? told : told.put("node", node);
  }

  /** The key that nodes are handed for all attempts: the task's own, or one that is made for it. */
  static String idempotencyKey(TaskRun run, String execution) {
    JsonNode own = settings(run).path("idempotencyKey");
    return own.isValueNode() ? own.asText() : run.idempotencyKey(execution);
  }

  /** When a task has waited for a node for too long; null if it does not wait, or may for ever. */
  @Nullable Instant deadline(TaskRun run) {
    if (!isPending(run)) {
      return null;
    }
    Instant own = end(run, "queueTimeout");
    return own != null || rules.queueTimeout() == null
        ? own
        : run.pendingSince().plus(rules.queueTimeout());
  }

  /** When another node will do as well; null if any does already. */
  @Nullable Instant freedAt(TaskRun run) {
    if (!isPending(run) || run.boundTo() == null) {
      return null;
    }
    Instant own = end(run, "recoveryTimeout");
    return own != null ? own : run.pendingSince().plus(rules.recoveryTimeout());
  }

  /** Shows the timers of a task that waits for a node. */
  void timers(TaskRun run, BiConsumer<TimerKey, Instant> each) {
    Instant deadline = deadline(run);
    if (deadline != null) {
      each.accept(new TimerKey(TimerKey.Kind.QUEUE_TIMEOUT, run.id()), deadline);
    }
    Instant freedAt = freedAt(run);
    if (freedAt != null) {
      each.accept(new TimerKey(TimerKey.Kind.RECOVERY_TIMEOUT, run.id()), freedAt);
    }
  }

  private boolean isPending(TaskRun run) {
    return SchemaFetching.waitsForNode(execution, run);
  }

  /** When a time that the task names is over, counted from the beginning of its waiting. */
  private static @Nullable Instant end(TaskRun run, String member) {
    JsonNode span = settings(run).get(member);
    if (span == null) {
      return null;
    }
    try {
      return DslDuration.parse(span).addTo(run.pendingSince());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static JsonNode settings(TaskRun run) {
    return Settling.settings(run);
  }
}
