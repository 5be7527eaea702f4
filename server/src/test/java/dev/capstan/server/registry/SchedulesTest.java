package dev.capstan.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.ManualClock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulesTest {
  private final RegistryFixture fixture = new RegistryFixture();

  private void deploy(String schedule) {
    fixture.deploy(RegistryFixture.definition("a", "1.0.0", "schedule: " + schedule));
  }

  private @Nullable Instant next() {
    return fixture.listed().getFirst().next();
  }

  private static CloudEvent event(String id, String type, int order) {
    ObjectNode json = new JsonMapper().createObjectNode();
    json.put("id", id)
        .put("source", "/shop")
        .put("type", type)
        .putObject("data")
        .put("order", order);
    return new CloudEvent(json);
  }

  @Nested
  class Every {
    @Test
    void firesEachIntervalAfterTheDeployment() {
      deploy("{every: PT10S}");
      fixture.work();
      assertThat(fixture.partition.starts).isEmpty();
      for (int i = 0; i < 3; i++) {
        fixture.pass(Duration.ofSeconds(10));
      }
      assertThat(fixture.startedIds()).hasSize(3).doesNotHaveDuplicates();
      assertThat(next()).isEqualTo(RegistryFixture.NOON.plusSeconds(40));
    }

    @Test
    void oneExecutionMakesUpForAllTimesThatWereMissedAndTheRhythmStays() {
      deploy("{every: PT10S}");
      fixture.clock.advance(Duration.ofSeconds(3605));
      RegistryFixture restarted = fixture.restarted();
      restarted.work();
      assertThat(restarted.startedIds()).hasSize(1);
      assertThat(restarted.listed().getFirst().next())
          .isEqualTo(RegistryFixture.NOON.plusSeconds(3610));
    }

    @Test
    void anIntervalOfZeroIsRefused() {
      assertThatThrownBy(() -> deploy("{every: PT0S}"))
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("zero");
    }
  }

  @Nested
  class Cron {
    @Test
    void meansTheClockOnTheWallAcrossTheChangeToSummerTime() {
      ZoneId berlin = ZoneId.of("Europe/Berlin");
      ManualClock clock = new ManualClock(Instant.parse("2026-03-28T12:00:00Z").toEpochMilli());
      RegistryFixture local = new RegistryFixture(new MemoryStore(), clock, berlin);
      local.deploy(RegistryFixture.definition("a", "1.0.0", "schedule: {cron: '30 2 * * *'}"));
      assertThat(local.listed().getFirst().next()).isEqualTo(Instant.parse("2026-03-29T01:00:00Z"));
      local.pass(Duration.ofHours(13));
      assertThat(local.startedIds()).hasSize(1);
      assertThat(local.listed().getFirst().next()).isEqualTo(Instant.parse("2026-03-30T00:30:00Z"));
    }

    @Test
    void firesTheFirstTimeOnlyWhenATimeOccursTwice() {
      ZoneId berlin = ZoneId.of("Europe/Berlin");
      ManualClock clock = new ManualClock(Instant.parse("2026-10-24T12:00:00Z").toEpochMilli());
      RegistryFixture local = new RegistryFixture(new MemoryStore(), clock, berlin);
      local.deploy(RegistryFixture.definition("a", "1.0.0", "schedule: {cron: '30 2 * * *'}"));
      for (int hour = 0; hour < 24; hour++) {
        local.pass(Duration.ofHours(1));
      }
      assertThat(local.startedIds()).hasSize(1);
    }
  }

  @Nested
  class After {
    @Test
    void firesAtTheDeploymentAndThenAfterEachEnd() {
      deploy("{after: PT1M}");
      fixture.work();
      assertThat(fixture.startedIds()).hasSize(1);
      assertThat(next()).isNull();
      fixture.pass(Duration.ofHours(1));
      assertThat(fixture.startedIds()).hasSize(1);
      fixture.schedules.ended("test", "a", fixture.now());
      fixture.pass(Duration.ofSeconds(59));
      assertThat(fixture.startedIds()).hasSize(1);
      fixture.pass(Duration.ofSeconds(1));
      assertThat(fixture.startedIds()).hasSize(2);
    }

    @Test
    void saysAfterARestartThatAnEndMayHaveBeenMissed() {
      deploy("{after: PT1M}");
      fixture.work();
      assertThat(fixture.restarted().schedules.waitingForAnEnd())
          .containsExactly(new Schedules.Waiting("test", "a"));
    }
  }

  @Nested
  class Versions {
    @Test
    void theScheduleOfTheLatestVersionCounts() {
      deploy("{every: PT10S}");
      fixture.deploy(RegistryFixture.definition("a", "1.1.0", "schedule: {every: PT1M}"));
      fixture.deploy(RegistryFixture.definition("a", "1.0.5", "schedule: {every: PT1S}"));
      fixture.pass(Duration.ofSeconds(59));
      assertThat(fixture.startedIds()).isEmpty();
      fixture.pass(Duration.ofSeconds(1));
      assertThat(fixture.partition.starts)
          .extracting(start -> start.definition().document().version())
          .containsExactly("1.1.0");
    }

    @Test
    void aLatestVersionWithoutScheduleEndsIt() {
      deploy("{every: PT10S}");
      fixture.deploy(RegistryFixture.definition("a", "1.1.0", ""));
      fixture.pass(Duration.ofSeconds(10));
      assertThat(fixture.startedIds()).isEmpty();
      assertThat(fixture.listed()).isEmpty();
      assertThat(fixture.restarted().listed()).isEmpty();
    }
  }

  @Nested
  class ExactlyOnce {
    @Test
    void aCopyThatIsBehindTheRowStartsNothing() {
      deploy("{every: PT10S}");
      RegistryFixture other = fixture.restarted();
      fixture.clock.advance(Duration.ofSeconds(10));
      fixture.work();
      other.work();
      assertThat(fixture.startedIds()).hasSize(1);
      assertThat(other.startedIds()).isEmpty();
      assertThat(other.listed().getFirst().next()).isEqualTo(RegistryFixture.NOON.plusSeconds(20));
    }

    @Test
    void whatBecomesDurableAfterTheLeadershipHasEndedLeavesNothingBehind() {
      deploy("{every: PT10S}");
      fixture.clock.advance(Duration.ofSeconds(10));
      fixture.partition.pause();
      fixture.work();
      fixture.partition.decide();

      fixture.schedules.forget();
      fixture.partition.commit();

      assertThat(fixture.listed()).as("what is stored").hasSize(1);
      assertThat(fixture.schedules.doWork(fixture.now())).isNull();
    }

    @Test
    void whatBecomesDurableInTheNextLeadershipDoesNotReplaceWhatWasReadThen() {
      deploy("{every: PT10S}");
      fixture.clock.advance(Duration.ofSeconds(10));
      fixture.partition.pause();
      fixture.work();
      fixture.partition.decide();
      RegistryFixture other = fixture.restarted();
      other.pass(Duration.ofSeconds(10));

      fixture.schedules.load(other.partition.store());
      fixture.partition.commit();

      assertThat(next()).isEqualTo(RegistryFixture.NOON.plusSeconds(30));
    }

    @Test
    void aScheduleThatIsGoneDoesNotComeBackWhenItWasToFire() {
      deploy("{every: PT10S}");
      fixture.clock.advance(Duration.ofSeconds(10));
      RegistryFixture other = fixture.restarted();
      other.deploy(RegistryFixture.definition("a", "1.1.0", ""));

      fixture.work();

      assertThat(fixture.listed()).isEmpty();
    }

    @Test
    void theIdFollowsFromTheDefinitionAndTheTime() {
      deploy("{every: PT10S}");
      fixture.pass(Duration.ofSeconds(10));
      RegistryFixture again = new RegistryFixture();
      again.deploy(RegistryFixture.definition("a", "1.0.0", "schedule: {every: PT10S}"));
      again.pass(Duration.ofSeconds(10));
      assertThat(again.startedIds()).isEqualTo(fixture.startedIds());
    }
  }

  @Nested
  class On {
    private List<Start> publish(CloudEvent event) {
      return fixture.publish(event);
    }

    @Test
    void oneEventStartsAnExecutionWithItsDataInAnArray() {
      deploy("{on: {one: {with: {type: order.placed}}}}");
      assertThat(publish(event("1", "order.paid", 7))).isEmpty();
      assertThat(publish(event("2", "order.placed", 7)))
          .singleElement()
          .satisfies(start -> assertThat(start.input().toString()).isEqualTo("[{\"order\":7}]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"envelope", "raw"})
    void readSaysThatTheInputHasWholeEvents(String read) {
      deploy("{on: {one: {with: {type: order.placed}}}, read: " + read + "}");
      CloudEvent placed = event("1", "order.placed", 7);
      assertThat(publish(placed))
          .singleElement()
          .satisfies(start -> {
            assertThat(start.input()).hasSize(1);
            assertThat(start.input().get(0)).isEqualTo(placed.json());
          });
    }

    @Test
    void readCountsForAllEventsOfAGroupAndTheyAreInTheOrderOfTheFilters() {
      deploy(
          "{on: {all: [{with: {type: order.placed}}, {with: {type: order.paid}}]}, read: envelope}");
      publish(event("1", "order.paid", 7));
      publish(event("2", "order.placed", 7));
      assertThat(fixture.partition.starts)
          .singleElement()
          .satisfies(start ->
              assertThat(start.input().valueStream().map(json -> json.path("id").asText()))
                  .containsExactly("2", "1"));
    }

    @Test
    void readDataIsWhatIsMeantWithoutAWord() {
      deploy("{on: {one: {with: {type: order.placed}}}, read: data}");
      assertThat(publish(event("1", "order.placed", 7)))
          .singleElement()
          .satisfies(start -> assertThat(start.input().toString()).isEqualTo("[{\"order\":7}]"));
    }

    @Test
    void anyOfNothingMeansEveryEvent() {
      deploy("{on: {any: []}}");
      assertThat(publish(event("1", "order.placed", 7))).hasSize(1);
      assertThat(publish(event("2", "something.else", 8))).hasSize(1);
      assertThat(fixture.listed().getFirst().expression()).isEqualTo("any event");
    }

    @Test
    void itIsCountedWhenAndHowOftenEventsStartSomething() {
      deploy("{on: {one: {with: {type: order.placed}}}}");
      publish(event("1", "order.placed", 7));
      publish(event("2", "order.placed", 8));
      assertThat(fixture.restarted().listed().getFirst().fired()).isEqualTo(2);
      assertThat(fixture.listed().getFirst().last()).isEqualTo(fixture.now());
    }

    @Test
    void theOldestGroupGivesWayWhenThereAreTooMany() {
      deploy(
          "{on: {all: [{with: {type: order.placed}, correlate: {o: {from: .data.order}}},"
              + " {with: {type: order.paid}, correlate: {o: {from: .data.order}}}]}}");
      for (int order = 0; order <= EventGroups.LIMIT; order++) {
        publish(event("placed" + order, "order.placed", order));
      }
      publish(event("paid0", "order.paid", 0));
      assertThat(fixture.partition.starts).isEmpty();
      publish(event("paid2", "order.paid", 2));
      assertThat(fixture.partition.starts).hasSize(1);
    }

    @Test
    void theSameEventGivesTheSameId() {
      deploy("{on: {any: [{with: {type: order.placed}}, {with: {source: /shop}}]}}");
      List<Start> first = publish(event("1", "order.placed", 7));
      assertThat(publish(event("1", "order.placed", 7)))
          .extracting(Start::id)
          .containsExactly(first.getFirst().id());
      assertThat(publish(event("2", "order.placed", 7)))
          .extracting(Start::id)
          .doesNotContain(first.getFirst().id());
    }

    @Test
    void allEventsOfOneCorrelationTogetherStartOneExecution() {
      deploy(
          "{on: {all: [{with: {type: order.placed}, correlate: {o: {from: .data.order}}},"
              + " {with: {type: order.paid}, correlate: {o: {from: .data.order}}}]}}");
      publish(event("1", "order.placed", 7));
      publish(event("2", "order.paid", 8));
      publish(event("1", "order.placed", 7));
      assertThat(fixture.partition.starts).isEmpty();
      RegistryFixture restarted = fixture.restarted();
      restarted.publish(event("3", "order.paid", 7));
      assertThat(restarted.partition.starts)
          .singleElement()
          .satisfies(start ->
              assertThat(start.input().toString()).isEqualTo("[{\"order\":7},{\"order\":7}]"));
      restarted.publish(event("4", "order.placed", 8));
      assertThat(restarted.partition.starts).hasSize(2);
    }
  }
}
