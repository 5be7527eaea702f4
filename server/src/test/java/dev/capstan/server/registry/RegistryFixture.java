package dev.capstan.server.registry;

import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.server.ManualClock;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.DefinitionView;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.RecordingPartition;
import dev.capstan.server.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/** A registry with its schedules over rows in memory, on a clock that the test moves. */
final class RegistryFixture {
  static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  final ManualClock clock;
  final RecordingPartition partition;
  final Schedules schedules;
  final DefinitionRegistry registry;

  RegistryFixture() {
    this(new MemoryStore(), new ManualClock(NOON.toEpochMilli()), ZoneId.of("UTC"));
  }

  RegistryFixture(MemoryStore store, ManualClock clock, ZoneId zone) {
    this.clock = clock;
    partition = new RecordingPartition(store, clock);
    DefinitionTexts texts = new DefinitionTexts(new DefinitionLoader(), 100_000, 10);
    DefinitionCache cache =
        new DefinitionCache(store, text -> texts.compile(text, "stored").definition(), 100);
    schedules = new Schedules(cache, zone, JqLimits.ofSteps(100_000), 100_000);
    registry = new DefinitionRegistry(texts, cache, schedules);
    schedules.load(store);
    registry.load(store);
    schedules.open(partition, () -> {});
    registry.open(partition);
  }

  /** The same rows after the process was started again. */
  RegistryFixture restarted() {
    return new RegistryFixture(partition.store(), clock, ZoneId.of("UTC"));
  }

  DefinitionView deploy(String text) {
    return registry.deploy(Principal.LOCAL, text, "test.yaml").join();
  }

  /** The executions that an event starts later; those of its own batch are in the partition. */
  List<Start> publish(CloudEvent event) {
    return partition.transact(view -> registry.published(event, view)).join();
  }

  /** Lets time pass and then fires what is due, as often as the schedules ask for it. */
  void pass(Duration duration) {
    clock.advance(duration);
    work();
  }

  void work() {
    Instant now = now();
    Instant next = schedules.doWork(now);
    while (next != null && !next.isAfter(now)) {
      next = schedules.doWork(now);
    }
  }

  List<ScheduleView> listed() {
    return Schedules.list(partition.store());
  }

  Instant now() {
    return Instant.ofEpochMilli(clock.wallMillis());
  }

  List<String> startedIds() {
    return partition.starts.stream().map(start -> start.id()).toList();
  }

  /** A definition with one task; {@code more} goes under the document. */
  static String definition(String name, String version, String more) {
    return """
    document:
      dsl: '1.0.0'
      namespace: test
      name: %s
      version: '%s'
    %s
    do:
      - only:
          set: {a: 1}
    """
        .formatted(name, version, more);
  }
}
