package dev.capstan.server.boot;

import dev.capstan.server.engine.EngineAssembly;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import dev.capstan.server.work.HostedWorkers;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this coordinator does when it is its turn to lead, and when it no longer is. What is kept in
 * memory beside the partition is read from the rows each time, since another coordinator may have
 * changed them. On the partition's thread; must not wait for the partition.
 */
final class Turns {
  private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

  private final String group;
  private final Store store;
  private final ExecutionIndex index;
  private final EngineAssembly assembly;
  private final WorkerSessionService sessions;
  private final HostedWorkers hosted;
  private final @Nullable Plans plans;
  private @Nullable Partition partition;
  private @Nullable Purge purge;

  /** What is planned by whoever leads the partition that has the schedules. */
  record Plans(DefinitionRegistry registry, Schedules schedules, Duties duties) {}

  /**
   * @param group what the partition is called
   * @param plans null for a partition without schedules
   */
  Turns(
      String group,
      Store store,
      ExecutionIndex index,
      @Nullable Plans plans,
      EngineAssembly assembly,
      WorkerSessionService sessions,
      HostedWorkers hosted) {
    this.group = group;
    this.store = store;
    this.index = index;
    this.plans = plans;
    this.assembly = assembly;
    this.sessions = sessions;
    this.hosted = hosted;
  }

  /** Hands over the rest, before the partition has a log. */
  void open(Partition served, Purge forgets) {
    partition = served;
    purge = forgets;
  }

  void begin(long term) {
    long begun = System.nanoTime();
    if (plans != null) {
      plans.registry().begin();
      plans.schedules().load(store);
    }
    assembly.begin(index.open());
    Objects.requireNonNull(purge, "open comes first").recount();
    Partition led = Objects.requireNonNull(partition, "open comes first");
    sessions.lead(term, led, store);
    hosted.lead(led, store);
    if (plans != null) {
      plans.duties().once(() -> planWhatHasEnded(plans.schedules()));
      plans.duties().lookAtSchedules();
    }
    LOG.info(
        "This coordinator leads {} in term {}; began within {} ms",
        group,
        term,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
  }

  void end() {
    LOG.info("This coordinator leads {} no more", group);
    if (plans != null) {
      plans.schedules().forget();
    }
    sessions.follow();
    hosted.follow();
    assembly.stop("This coordinator leads no more");
  }

  /** Plans the next start of definitions whose last execution ended while nobody listened. */
  private void planWhatHasEnded(Schedules schedules) {
    for (Schedules.Waiting waiting : schedules.waitingForAnEnd()) {
      ExecutionIndex.Filter filter =
          new ExecutionIndex.Filter(null, waiting.namespace(), waiting.name(), Map.of(), null);
      List<Summary> latest = index.list(filter, 1, null).executions();
      if (latest.isEmpty() || latest.getFirst().status().hasEnded()) {
        Instant endedAt = latest.isEmpty() ? null : latest.getFirst().endedAt();
        schedules.ended(waiting.namespace(), waiting.name(), endedAt);
      }
    }
  }
}
