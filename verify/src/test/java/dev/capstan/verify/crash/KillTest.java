package dev.capstan.verify.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process under load, again and again, and checks its data. {@code -Dcrash.kills=200} kills
 * as often as that; {@code -Dcrash.seed=N} repeats the moments of a run as far as a real process
 * lets one.
 */
class KillTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 10);
  private static final long SEED = Long.getLong("crash.seed", System.nanoTime());
  private static final Duration REST = Duration.ofSeconds(90);

  /** Starts that are acknowledged before a kill, in half of all. */
  private static final int ENOUGH = 10;

  private static final String[] DEFINITIONS = {"steps", "branches", "waits"};

  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsLostHoweverOftenTheProcessIsKilled()
      throws IOException, InterruptedException {
    System.out.println("crash.seed=" + SEED + " crash.kills=" + KILLS);
    Random random = new Random(SEED);
    Path data = folder.resolve("data");
    deploy(data);
    Load load = new Load();
    for (int kill = 0; kill < KILLS; kill++) {
      // Every other one comes while a process still begins, as far as the machine is quick enough.
      int least = kill % 2 == 0 ? ENOUGH : 0;
      killUnderLoad(load, data, least, 200 + random.nextInt(2_300));
    }
    assertThat(load.acknowledged())
        .as("starts that were acknowledged, of %s sent", load.sent())
        .hasSizeGreaterThan(KILLS);
    try (Coordinator coordinator = Coordinator.start(CoordinatorConfig.local(data), Map.of());
        Survivor survivor = new Survivor(coordinator, folder.resolve("work"))) {
      new Checker(survivor.gateway()).check(load.acknowledged(), load.told());
      // The check wants the engine at rest, which the last of them has just left.
      await().atMost(REST).untilAsserted(() -> assertThat(coordinator.check().join()).isEmpty());
    }
    System.out.printf(
        "%d kills, %d starts sent, %d acknowledged, %d told to have ended; none lost%n",
        KILLS, load.sent(), load.acknowledged().size(), load.told().size());
  }

  private void killUnderLoad(Load load, Path data, int least, int afterMillis)
      throws IOException, InterruptedException {
    try (Victim victim = Victim.start(data, folder.resolve("work"), folder.resolve("node.log"))) {
      int before = load.acknowledged().size();
      CountDownLatch sending = new CountDownLatch(1);
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  sending.countDown();
                  load.send(victim.port(), DEFINITIONS, 100_000);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      sending.await();
      await().atMost(REST).until(() -> load.acknowledged().size() >= before + least);
      // The moment of the kill is the point of the test, so it comes from the seed and not from a
      // condition.
      if (!new CountDownLatch(1).await(afterMillis, TimeUnit.MILLISECONDS)) {
        victim.kill();
      }
      sender.join();
    }
  }

  private static void deploy(Path data) {
    try (Coordinator coordinator = Coordinator.start(CoordinatorConfig.local(data), Map.of())) {
      Gateway gateway = coordinator.gateway();
      for (String definition : CrashDefinitions.ALL) {
        gateway.deploy(Principal.LOCAL, definition, "crash.yaml").join();
      }
    }
  }
}
