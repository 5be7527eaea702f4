package dev.capstan.spring;

import dev.capstan.worker.SessionStatus;
import dev.capstan.worker.WorkerStatus;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Up while a coordinator that leads gives the worker work, down while none does, unknown for an
 * application that is no worker.
 */
record WorkerHealth(CapstanWorker worker) implements HealthIndicator {

  @Override
  public Health health() {
    Optional<WorkerStatus> status = worker.status();
    if (status.isEmpty()) {
      return Health.unknown().withDetail("reason", "the worker is not running").build();
    }
    WorkerStatus now = status.get();
    boolean open =
        now.sessions().stream().anyMatch(each -> each.phase() == SessionStatus.Phase.OPEN);
    Health.Builder health = open ? Health.up() : Health.down();
    if (!open) {
      health.withDetail("reason", "no coordinator that leads has a session with this worker");
    }
    return health
        .withDetail("slots", now.slots())
        .withDetail("running", now.running())
        .withDetail("silent", now.silent())
        .withDetail("functions", now.kinds())
        .withDetail("sessions", now.sessions().stream().map(WorkerHealth::shown).toList())
        .build();
  }

  private static Map<String, String> shown(SessionStatus session) {
    return Map.of(
        "coordinator", session.coordinator(),
        "phase", session.phase().name(),
        "reason", session.reason());
  }
}
