package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.env.Clock;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.MemoryStore;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DutiesTest {
  @Test
  void sessionsAreLookedAtWhileAnotherDutyWaitsForTheDisk() throws InterruptedException {
    Clock clock = Clock.system();
    DefinitionCache none =
        new DefinitionCache(
            new MemoryStore(),
            _ -> {
              throw new AssertionError("no definitions");
            },
            1);
    Schedules schedules = new Schedules(none, ZoneOffset.UTC, JqLimits.ofSteps(1_000), 100_000);
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch written = new CountDownLatch(1);
    try (Duties duties = new Duties(schedules, clock)) {
      duties.once(() -> {
        stalled.countDown();
        awaitQuietly(written);
      });
      assertThat(stalled.await(30, TimeUnit.SECONDS)).isTrue();
      CountDownLatch looks = new CountDownLatch(3);
      CountDownLatch cut = new CountDownLatch(1);

      duties.watch(looks::countDown, Duration.ofMillis(4));
      duties.atOnce(cut::countDown);

      assertThat(looks.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(cut.await(30, TimeUnit.SECONDS)).isTrue();
      written.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
