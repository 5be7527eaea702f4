package dev.capstan.verify.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Principal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Loses power: the data lies on a file system in a file, and a copy of that file, taken under load,
 * holds what had reached the disk by then and nothing else. A kill never shows this, because the
 * kernel keeps what was written and not synced. The node stands still while the copy is made, since
 * copying takes a while and a disk is never of two moments. Needs root and loop devices; says so
 * where there are none. {@code -Dcrash.images=N} takes as many copies as that.
 */
class PowerLossTest {
  private static final int IMAGES = Integer.getInteger("crash.images", 4);
  private static final long SEED = Long.getLong("crash.seed", System.nanoTime());
  private static final int ENOUGH = 50;
  private static final Duration LONGEST = Duration.ofSeconds(60);

  @TempDir Path folder;

  private Path disk;
  private Path mounted;

  @BeforeEach
  void mountTheDisk() throws IOException, InterruptedException {
    disk = folder.resolve("disk.img");
    mounted = Files.createDirectories(folder.resolve("disk"));
    assumeTrue(
        run("truncate", "-s", "512M", disk.toString())
            && run("mkfs.ext4", "-q", "-F", disk.toString())
            && run("mount", "-o", "loop,commit=300", disk.toString(), mounted.toString()),
        "mounting a file system in a file needs root and loop devices");
  }

  @AfterEach
  void unmountTheDisk() throws IOException, InterruptedException {
    run("umount", "-l", mounted.toString());
    run("umount", "-l", folder.resolve("copy").toString());
  }

  @Test
  void whatWasAcknowledgedBeforeThePowerWentIsThereAfterwards()
      throws IOException, InterruptedException {
    System.out.println("crash.seed=" + SEED + " crash.images=" + IMAGES);
    Random random = new Random(SEED);
    Path data = mounted.resolve("data");
    deploy(data);
    Load load = new Load();
    for (int image = 0; image < IMAGES; image++) {
      // A file of its own: a file system that was mounted stays in the kernel, whatever its file
      // says
      // later, as long as another process has a mount namespace from that time.
      Path copy = folder.resolve("copy-" + image + ".img");
      Map<String, String> acknowledged = copyUnderLoad(load, data, copy, random.nextInt(1_000));
      check(copy, acknowledged);
      Files.delete(copy);
    }
    System.out.printf(
        "%d images, %d starts sent, %d acknowledged; none lost%n",
        IMAGES, load.sent(), load.acknowledged().size());
  }

  /** Copies the disk while the node works on it; what was acknowledged before the copy began. */
  private Map<String, String> copyUnderLoad(Load load, Path data, Path copy, int afterMillis)
      throws IOException, InterruptedException {
    try (Victim victim = Victim.start(data, folder.resolve("work"), folder.resolve("node.log"))) {
      int before = load.acknowledged().size();
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  load.send(victim.port(), new String[] {"steps"}, 100_000);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      await().atMost(LONGEST).until(() -> load.acknowledged().size() > before + ENOUGH);
      // The moment is the point of the test.
      Map<String, String> acknowledged;
      try (BusyDisk _ = new BusyDisk(mounted)) {
        assertThat(new CountDownLatch(1).await(afterMillis, TimeUnit.MILLISECONDS)).isFalse();
        victim.pause();
        acknowledged = new TreeMap<>(load.acknowledged());
      }
      assertThat(run("dd", "if=" + disk, "of=" + copy, "bs=1M", "conv=sparse")).isTrue();
      victim.kill();
      sender.join();
      return acknowledged;
    }
  }

  private void check(Path image, Map<String, String> acknowledged)
      throws IOException, InterruptedException {
    Path copy = Files.createDirectories(folder.resolve("copy"));
    assertThat(run("mount", "-o", "loop", image.toString(), copy.toString()))
        .as("mounting the copy")
        .isTrue();
    try (Coordinator coordinator =
            Coordinator.start(CoordinatorConfig.local(copy.resolve("data")), Map.of());
        Survivor survivor = new Survivor(coordinator, folder.resolve("work"))) {
      new Checker(survivor.gateway()).check(acknowledged, Map.of());
      // The check wants the engine at rest, which the last of them has just left.
      await().atMost(LONGEST).untilAsserted(() -> assertThat(coordinator.check().join()).isEmpty());
    } finally {
      run("umount", copy.toString());
    }
  }

  private static void deploy(Path data) {
    try (Coordinator coordinator = Coordinator.start(CoordinatorConfig.local(data), Map.of())) {
      for (String definition : CrashDefinitions.ALL) {
        coordinator.gateway().deploy(Principal.LOCAL, definition, "crash.yaml").join();
      }
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
