package dev.capstan.server.log;

import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.store.RocksStore;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreMemory;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * A process of its own that proposes batches without end and prints {@code ack N} for each that is
 * acknowledged; to be killed. Prints {@code failed CODE} and exits when the log fails.
 */
final class LogChild {
  /** Snapshots and new files come often, so that kills hit them. */
  static final LogOptions OPTIONS =
      LogOptions.ofDefaults().withSnapshotEvery(700, 1 << 20).withSegments(128 << 10, 32 << 10);

  private static final int IN_FLIGHT = 24;

  private LogChild() {}

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]);
    DataDirectory data = DataDirectory.open(root, "cluster", "node", 0);
    StoreMemory memory = new StoreMemory(1 << 20, 256 << 10);
    Store store = RocksStore.open(data.store().resolve("p0"), memory);
    StoreConsumer consumer =
        new StoreConsumer(store) {
          @Override
          public void failed(Throwable cause) {
            tell("failed " + (cause instanceof StorageFailure f ? f.code() : cause));
            Runtime.getRuntime().halt(3);
          }
        };
    ReplicatedLog log = RatisLogs.openSingle(data, OPTIONS, Map.of("p0", consumer)).log("p0");
    consumer.awaitLeader();
    tell("leader");
    Semaphore free = new Semaphore(IN_FLIGHT);
    for (long next = store.sequence() + 1; ; next++) {
      free.acquire();
      long sequence = next;
      CompletableFuture<?> _ =
          log.propose(StoreConsumer.batch(sequence).encode())
              .thenRun(() -> {
                tell("ack " + sequence);
                free.release();
              });
    }
  }

  private static synchronized void tell(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
