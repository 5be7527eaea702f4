package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.capstan.node.env.DataDirectory;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.RocksStore;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreMemory;
import dev.capstan.server.store.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process is killed while it writes; nothing it acknowledged may be missing afterwards. */
final class CrashTest {
  private static final int ROUNDS = Integer.getInteger("capstan.crash.rounds", 10);
  private static final long SEED = Long.getLong("capstan.crash.seed", 20261122);

  @TempDir Path directory;

  @Test
  void nothingAcknowledgedIsLostWhenTheProcessIsKilled() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    Path root = directory.resolve("data");
    MemoryStore model = new MemoryStore();
    for (int round = 0; round < ROUNDS; round++) {
      long enough = model.sequence() + 1 + random.nextInt(3_000);
      long acknowledged = runUntil(root, enough);
      verify(root, acknowledged, model);
    }
  }

  private static long runUntil(Path root, long acknowledged) throws Exception {
    ChildProcess child = ChildProcess.start(root, List.of());
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(1))
          .until(() -> child.acknowledged() >= acknowledged || !child.isAlive());
    } finally {
      child.kill();
    }
    assertThat(child.failure()).isEmpty();
    return child.acknowledged();
  }

  private static long runUntilFailed(Path root, List<String> prefix, String code) throws Exception {
    ChildProcess child = ChildProcess.start(root, prefix);
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> !child.failure().isEmpty() || !child.isAlive());
    } finally {
      child.kill();
    }
    assertThat(child.failure()).isEqualTo(code);
    assertThat(child.acknowledged()).isPositive();
    return child.acknowledged();
  }

  /**
   * The store, brought up by the log, must be exactly the batches 1 to N, and N at least what was
   * acknowledged.
   */
  private static void verify(Path root, long acknowledged, MemoryStore model) throws Exception {
    try (DataDirectory data = DataDirectory.open(root, "cluster", "node", 0);
        StoreMemory memory = StoreMemory.ofDefaults();
        Store store = RocksStore.open(data.store().resolve("p0"), memory)) {
      StoreConsumer consumer = new StoreConsumer(store);
      try (RatisLogs logs = RatisLogs.openSingle(data, LogChild.OPTIONS, Map.of("p0", consumer))) {
        consumer.awaitLeader();
        assertThat(logs.log("p0").role().leads()).isTrue();
      }
      assertThat(consumer.failure()).isNull();
      assertThat(store.sequence()).isGreaterThanOrEqualTo(acknowledged);
      while (model.sequence() < store.sequence()) {
        model.apply(model.appliedIndex() + 1, StoreConsumer.batch(model.sequence() + 1));
      }
      assertThat(store.digest()).isEqualTo(model.digest());
      assertThat(count(store, Table.EVENTS)).isEqualTo(store.sequence());
      assertThat(count(store, Table.TASKS))
          .isEqualTo(Math.min(store.sequence(), StoreConsumer.CHILDREN_KEPT));
    }
  }

  private static long count(Store store, Table table) {
    long count = 0;
    try (Rows rows = store.scan(table, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        count++;
      }
    }
    return count;
  }

  @Test
  void aFailedSyncStopsTheReplicaAndLosesNothingAcknowledged() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "needs strace");
    Path root = directory.resolve("data");
    long acknowledged =
        runUntilFailed(
            root,
            List.of(
                "/usr/bin/strace",
                "-f",
                "--seccomp-bpf",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=fdatasync",
                "-e",
                "inject=fdatasync:error=EIO:when=200"),
            "DISK_ERROR");

    verify(root, acknowledged, new MemoryStore());
  }

  @Test
  void aFullDiskStopsTheReplicaAndLosesNothingAcknowledged() throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk.toString()) == 0,
        "needs the right to mount");
    try {
      Path root = disk.resolve("data");
      long acknowledged = runUntilFailed(root, List.of(), "DISK_FULL");

      assertThat(run("mount", "-o", "remount,size=64m", disk.toString())).isZero();
      verify(root, acknowledged, new MemoryStore());
    } finally {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  private static int run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor();
  }
}
