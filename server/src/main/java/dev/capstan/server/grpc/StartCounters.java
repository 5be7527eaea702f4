package dev.capstan.server.grpc;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import java.util.HashMap;
import java.util.Map;

/** Counts what clients were told of their starts, where they came in. */
interface StartCounters {
  /** Counts nothing. */
  StartCounters NONE =
      new StartCounters() {
        @Override
        public void accepted() {}

        @Override
        public void refused(String code) {}
      };

  /** Counts into metrics; a code that is not known here, of a later version, as internal. */
  static StartCounters of(Metrics metrics) {
    Metrics.Count accepted = metrics.counter(Metric.GRPC_STARTS, "accepted");
    Map<String, Metrics.Count> refused = new HashMap<>();
    for (Refusal.Code code : Refusal.Code.values()) {
      refused.put(code.id(), metrics.counter(Metric.GRPC_STARTS, code.id()));
    }
    Metrics.Count internal = metrics.counter(Metric.GRPC_STARTS, Refusal.Code.INTERNAL.id());
    return new StartCounters() {
      @Override
      public void accepted() {
        accepted.add(1);
      }

      @Override
      public void refused(String code) {
        refused.getOrDefault(code, internal).add(1);
      }
    };
  }

  /** A start was accepted. */
  void accepted();

  /** A request was refused with this code. */
  void refused(String code);
}
