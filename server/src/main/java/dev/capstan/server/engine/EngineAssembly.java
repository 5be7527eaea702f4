package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.Queries;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Event;
import dev.capstan.node.config.Limits;
import dev.capstan.node.env.Clock;
import dev.capstan.server.agreement.Agreement;
import dev.capstan.server.gateway.Gateway.Readiness;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.gateway.WorkExchange;
import dev.capstan.server.lifecycle.LifecycleHub;
import dev.capstan.server.membership.Registrar;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import dev.capstan.server.nodes.AttemptSignals;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.CommitListener;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Builds the gateway in the order in which its parts are needed: listeners first, since the
 * partition and the nodes take them when they are made, the gateway itself last.
 */
public final class EngineAssembly {
  private final Limits limits;
  private final Redaction redaction;
  private final Waits waits;
  private final Watches watches;
  private final ExecutionMeter meter;
  private final DispatchProbe probe;

  /**
   * @param partition whose it is, as metrics name it
   * @param secrets values that are hidden in everything that is shown
   */
  public EngineAssembly(
      String partition, Limits limits, Collection<JsonNode> secrets, Clock clock, Metrics metrics) {
    this.limits = limits;
    this.meter = new ExecutionMeter(partition);
    this.probe =
        new DispatchProbe(
            clock,
            metrics.timer(Metric.START_DISPATCH, partition),
            metrics.timer(Metric.TASK_DISPATCH, partition));
    metrics.add(meter);
    this.redaction = new Redaction(secrets);
    this.waits = new Waits(limits.waits());
    metrics.add(readings -> readings.value(Metric.WAITS, waits.count()));
    this.watches = new Watches(limits.watches(), redaction);
  }

  /** Takes these secrets out of values that are shown. */
  public static UnaryOperator<JsonNode> hiding(Collection<JsonNode> secrets) {
    Redaction redaction = new Redaction(secrets);
    return value -> Objects.requireNonNull(redaction.hide(value));
  }

  /** What hears of running attempts. */
  public AttemptSignals signals() {
    return watches;
  }

  /** Tells how many executions are open before the first commit is heard of. */
  public void begin(long openExecutions) {
    meter.begin(openExecutions);
    watches.open();
    waits.open();
  }

  /** How many more executions have ended since then. */
  public long ended() {
    return meter.ended();
  }

  /**
   * What hears of commits.
   *
   * @param schedules null where no execution is planned
   */
  public CommitListener commits(@Nullable Schedules schedules) {
    return new CommitListener() {
      @Override
      public void committed(Summary summary, Event.Recorded events) {
        meter.committed(summary, events);
        probe.committed(summary, events);
        watches.committed(summary, events);
      }

      @Override
      public void ended(Summary summary, Execution last) {
        watches.ended(summary);
        waits.ended(summary);
        if (schedules != null) {
          schedules.ended(summary);
        }
      }
    };
  }

  /**
   * What the gateway stands on.
   *
   * @param lifecycle of all partitions
   * @param ids makes ids for executions
   * @param barrier asks the log for an applied index that includes everything acknowledged so far
   * @param certainty that what is read here is current
   * @param cluster the cluster as seen from here
   * @param agreement of the partition's replicas
   * @param registrar changes who belongs to the cluster; null where only loopback is served
   * @param readiness whether requests can be served
   * @param watchers runs what watches send, and what must not hold up whoever confirms that
   *     something is current
   */
  public record Foundation(
      PartitionRequests partition,
      Store store,
      DefinitionCache definitions,
      Queries queries,
      DefinitionRegistry registry,
      NodeDirectory nodes,
      WorkExchange work,
      LifecycleHub lifecycle,
      Supplier<String> ids,
      Supplier<CompletableFuture<Long>> barrier,
      Certainty certainty,
      Supplier<ClusterView> cluster,
      Agreement agreement,
      @Nullable Registrar registrar,
      Supplier<Readiness> readiness,
      Executor watchers) {}

  /** The engine. */
  public Engine engine(Foundation on) {
    PartitionReader reader = new PartitionReader(on.store(), on.definitions());
    return new Engine(
        new Engine.Parts(
            on.partition(),
            on.store(),
            reader,
            new ExecutionIndex(on.store(), reader),
            on.queries(),
            on.registry(),
            on.definitions(),
            on.nodes(),
            on.work(),
            waits,
            watches,
            on.lifecycle(),
            redaction,
            new RequestChecks(limits),
            probe,
            on.ids(),
            on.barrier(),
            on.certainty(),
            on.cluster(),
            on.agreement(),
            on.registrar(),
            on.readiness(),
            on.watchers()));
  }

  /** Ends all watches and waits, and those that come later: they would hear nothing any more. */
  public void stop(String reason) {
    Refusal refusal =
        new Refusal(
            Refusal.Code.NOT_READY,
            reason,
            "Ask again; watches go on from the next index",
            Duration.ofMillis(200),
            List.of());
    watches.close(refusal);
    waits.close(refusal);
  }
}
