package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.http.json.Described;
import java.util.List;
import java.util.function.Supplier;

/**
 * For probes and scrapers: whether the process lives, whether it can serve, and its metrics. They
 * need no permission.
 */
final class HealthOperations {
  private static final String TAG = "health";
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Gateway gateway;
  private final Supplier<String> metrics;

  HealthOperations(Gateway gateway, Supplier<String> metrics) {
    this.gateway = gateway;
    this.metrics = metrics;
  }

  @Described("The process lives")
  record Liveness(boolean live) {}

  @Described("Whether requests can be served, and if not, why")
  record Readiness(boolean ready, List<String> reasons) {}

  List<Operation> operations() {
    return List.of(
        Operation.get("/livez", "getLiveness")
            .tag(TAG, Permissions.NONE)
            .local()
            .summary("Says that the process lives")
            .gives(200, "It does", Liveness.class)
            .handledBy(call -> Answer.json(200, new Liveness(true))),
        Operation.get("/readyz", "getReadiness")
            .tag(TAG, Permissions.NONE)
            .local()
            .summary("Says whether requests can be served")
            .gives(200, "They can", Readiness.class)
            .gives(503, "They can't, for these reasons", Readiness.class)
            .handledBy(call -> {
              Gateway.Readiness now = gateway.readiness();
              return Answer.json(
                  now.ready() ? 200 : 503, new Readiness(now.ready(), now.reasons()));
            }),
        Operation.get("/metrics", "getMetrics")
            .tag(TAG, Permissions.METRICS_READ)
            .local()
            .summary("Metrics in Prometheus' text format")
            .gives(new Operation.Reply(200, "The metrics", "text/plain", null))
            .handledBy(call -> Answer.text(200, METRICS_TYPE, metrics.get())));
  }
}
