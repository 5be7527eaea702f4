package dev.capstan.testkit;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.TimerKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What executions rely on outside themselves: timers and subscriptions, which a leader holds in
 * memory, and attempts, which nodes hold.
 */
final class Holdings {
  final Map<Timer, Instant> timers = new LinkedHashMap<>();
  final Map<Place, List<String>> subscriptions = new LinkedHashMap<>();
  final Map<AttemptToken, Attempt> attempts = new LinkedHashMap<>();
  final Map<AttemptToken, Long> confirmed = new LinkedHashMap<>();
  final Set<AttemptToken> cancelled = new LinkedHashSet<>();

  /** A timer of an execution. */
  record Timer(String execution, TimerKey key) {}

  /** A run of a task. */
  record Place(String execution, long task) {}

  /** An attempt on a node, and when its result comes; null for never. */
  record Attempt(@Nullable Instant at, WorkResult result) {}

  /** What is lost with a leader. */
  void forget() {
    timers.clear();
    subscriptions.clear();
  }

  /** The timer that is due first; null when none is armed. */
  @Nullable Timer nextTimer() {
    Timer next = null;
    for (Map.Entry<Timer, Instant> timer : timers.entrySet()) {
      if (next == null || timer.getValue().isBefore(due(next))) {
        next = timer.getKey();
      }
    }
    return next;
  }

  Instant due(Timer timer) {
    return Objects.requireNonNull(timers.get(timer));
  }

  /** The attempt whose result comes first; null when none is to come. */
  @Nullable AttemptToken nextResult() {
    AttemptToken next = null;
    for (Map.Entry<AttemptToken, Attempt> attempt : attempts.entrySet()) {
      if (attempt.getValue().at() != null && (next == null || due(attempt).isBefore(due(next)))) {
        next = attempt.getKey();
      }
    }
    return next;
  }

  Instant due(AttemptToken token) {
    return Objects.requireNonNull(Objects.requireNonNull(attempts.get(token)).at());
  }

  private static Instant due(Map.Entry<AttemptToken, Attempt> attempt) {
    return Objects.requireNonNull(attempt.getValue().at());
  }

  /** Where cloud events of this type are taken, in the order of the subscriptions. */
  List<Place> listening(String type) {
    return subscriptions.entrySet().stream()
        .filter(each -> each.getValue().isEmpty() || each.getValue().contains(type))
        .map(Map.Entry::getKey)
        .toList();
  }
}
