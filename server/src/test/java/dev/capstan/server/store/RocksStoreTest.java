package dev.capstan.server.store;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StorageFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class RocksStoreTest extends StoreContract {
  private static final StoreMemory MEMORY = StoreMemory.ofDefaults();

  @AfterAll
  static void freeMemory() {
    MEMORY.close();
  }

  @Override
  Store open(Path path) {
    return RocksStore.open(path, MEMORY);
  }

  @Test
  void whatWasAppliedIsThereAfterCloseAndOpen() {
    store.apply(9, batch(1, put(Table.EVENTS, "e", "1")));
    long digest = store.digest();
    store.close();
    store = open(directory.resolve("store"));

    assertThat(store.appliedIndex()).isEqualTo(9);
    assertThat(store.digest()).isEqualTo(digest);
    assertThat(store.get(Table.EVENTS, bytes("e"))).isEqualTo(bytes("1"));
  }

  @Test
  void anOpenScanEndsWhenTheStoreCloses() {
    store.apply(0, batch(1, put(Table.EVENTS, "e", "1")));
    Rows rows = store.scan(Table.EVENTS, bytes(""), null, Direction.FORWARD);
    store.close();

    assertThatThrownBy(rows::next).isInstanceOf(IllegalStateException.class);
    rows.close();
  }

  @Test
  void aRestoreThatWasCutShortIsFinishedAtTheNextStart() throws IOException {
    store.apply(3, batch(1, put(Table.TASKS, "a", "1")));
    Path copy = directory.resolve("copy");
    store.checkpoint(copy);
    store.apply(4, batch(2, put(Table.TASKS, "a", "2")));
    store.close();
    StoreFiles files = StoreFiles.prepare(directory.resolve("store"));
    files.stage(copy);
    Files.delete(anyTableFile(files.live()));

    store = open(directory.resolve("store"));

    assertThat(store.appliedIndex()).isEqualTo(3);
    assertThat(store.get(Table.TASKS, bytes("a"))).isEqualTo(bytes("1"));
  }

  @Test
  void aMissingFileIsRefusedWithAReason() throws IOException {
    store.apply(3, batch(1, put(Table.TASKS, "a", "1")));
    store.close();
    Files.delete(anyTableFile(directory.resolve("store/live")));

    assertThatThrownBy(() -> open(directory.resolve("store")))
        .isInstanceOfSatisfying(
            StartupRefusal.class,
            refusal -> assertThat(refusal.code()).isEqualTo(StartupRefusal.Code.STORE_DAMAGED));
    store = open(directory.resolve("another"));
  }

  /** Otherwise the copy that is looked at would use memory that is freed, and the process die. */
  @RepeatedTest(20)
  void aCheckpointUnderWayEndsBeforeTheStoreAndItsMemoryAreClosed() throws IOException {
    Path here = Files.createDirectory(directory.resolve("closing"));
    Path copy = here.resolve("copy");
    CompletableFuture<Long> index;
    try (StoreMemory memory = new StoreMemory(1 << 20, 1 << 20);
        Store closing = RocksStore.open(here.resolve("store"), memory)) {
      closing.apply(7, batch(1, put(Table.EVENTS, "e", "1")));
      index = CompletableFuture.supplyAsync(() -> closing.checkpoint(copy));
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> Files.exists(copy));
    }

    assertThat(index.join()).isEqualTo(7);
  }

  /** RocksDB by itself lets a write wait until the disk has space again. */
  @Test
  @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aStoreOnAFullDiskFailsInsteadOfWaitingForSpace() throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString()) == 0,
        "needs the right to mount");
    try (StoreMemory memory = new StoreMemory(1 << 20, 64 << 10)) {
      Store full = RocksStore.open(disk.resolve("store"), memory);

      assertThatThrownBy(() -> fill(full))
          .isInstanceOfSatisfying(
              StorageFailure.class,
              failure -> assertThat(failure.code()).isEqualTo(StorageFailure.Code.DISK_FULL));
      assertThat(catchThrowable(full::close))
          .satisfiesAnyOf(
              closed -> assertThat(closed).isNull(),
              stillFull -> assertThat(stillFull).isInstanceOf(StorageFailure.class));
    } finally {
      run("umount", "--lazy", disk.toString());
    }
  }

  private static void fill(Store store) {
    SplittableRandom random = new SplittableRandom(1);
    for (long sequence = 1; ; sequence++) {
      byte[] value = new byte[2048];
      random.nextBytes(value);
      store.apply(
          sequence,
          batch(sequence, new Change.Put(Table.EVENTS, bytes("e" + sequence % 100), value)));
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).start().waitFor();
  }

  private static Path anyTableFile(Path live) throws IOException {
    try (Stream<Path> list = Files.list(live)) {
      List<Path> files = list.filter(p -> p.toString().endsWith(".sst")).toList();
      assertThat(files).isNotEmpty();
      return files.getFirst();
    }
  }
}
