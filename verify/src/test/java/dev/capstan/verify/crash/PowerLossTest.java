package dev.capstan.verify.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.config.CoordinatorConfig;
import dev.capstan.server.gateway.Principal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
 * kernel keeps what was written and not synced. Needs root and loop devices; says so where there
 * are none. {@code -Dcrash.images=N} takes as many copies as that.
 */
class PowerLossTest {
  private static final int IMAGES = Integer.getInteger("crash.images", 4);

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
    Path data = mounted.resolve("data");
    deploy(data);
    Load load = new Load();
    for (int image = 0; image < IMAGES; image++) {
      loseAndCheck(load, data, 300 + 250 * image);
    }
  }

  private void loseAndCheck(Load load, Path data, int afterMillis)
      throws IOException, InterruptedException {
    Path copy = folder.resolve("copy.img");
    Map<String, String> before;
    try (Victim victim = Victim.start(data, folder.resolve("work"), folder.resolve("node.log"))) {
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  load.send(victim.port(), new String[] {"steps"}, 100_000);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      // The moment is the point of the test.
      if (!new CountDownLatch(1).await(afterMillis, TimeUnit.MILLISECONDS)) {
        before = new TreeMap<>(load.acknowledged());
        assertThat(run("cp", "--sparse=always", disk.toString(), copy.toString())).isTrue();
        victim.kill();
        sender.join();
        assertThat(before).isNotEmpty();
        check(copy, before);
      }
    }
  }

  private void check(Path image, Map<String, String> acknowledged)
      throws IOException, InterruptedException {
    Path copy = Files.createDirectories(folder.resolve("copy"));
    assertThat(run("mount", "-o", "loop", image.toString(), copy.toString()))
        .as("mounting the copy")
        .isTrue();
    try (Coordinator coordinator =
        Coordinator.start(CoordinatorConfig.local(copy.resolve("data")), Map.of())) {
      for (String id : acknowledged.keySet()) {
        assertThat(coordinator.gateway().execution(Principal.LOCAL, id).id()).isEqualTo(id);
      }
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
