package dev.capstan.server.grpc;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Counts what becomes of starts. */
final class StartCounters {
  private final Metrics.Count accepted;
  private final Map<Refusal.Code, Metrics.Count> refused = new EnumMap<>(Refusal.Code.class);

  StartCounters(Metrics metrics) {
    accepted = metrics.counter(Metric.GRPC_STARTS, "accepted");
    for (Refusal.Code code : Refusal.Code.values()) {
      refused.put(code, metrics.counter(Metric.GRPC_STARTS, code.id()));
    }
  }

  void accepted() {
    accepted.add(1);
  }

  void refused(Refusal.Code code) {
    Objects.requireNonNull(refused.get(code)).add(1);
  }
}
