package dev.capstan.verify.cluster;

import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.RocksStore;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.StoreMemory;
import dev.capstan.server.store.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A replica's state that is another one than it was, and that every checksum passes. */
public final class AlteredState {
  private static final byte[] FIRST = {};

  private AlteredState() {}

  /**
   * Takes the last event of the last history away from a coordinator that does not run, as from a
   * disk that has lost it: its store claims to be where it was, and misses a row.
   *
   * @param data its data directory, with the state in one partition
   */
  public static void loseAnEvent(Path data) throws IOException {
    Path files = storeOf(data);
    try (StoreMemory memory = StoreMemory.ofDefaults()) {
      List<Change> rows;
      long index;
      long sequence;
      try (RocksStore store = RocksStore.open(files, memory)) {
        index = store.appliedIndex();
        sequence = store.sequence();
        rows = rowsOf(store);
      }
      delete(files);
      try (RocksStore store = RocksStore.open(files, memory)) {
        for (long next = 1; next <= sequence; next++) {
          store.apply(
              index - sequence + next, new Batch(next, 0, next == 1 ? rows : List.<Change>of()));
        }
      }
    }
  }

  private static List<Change> rowsOf(RocksStore store) {
    List<Change> all = new ArrayList<>();
    for (Table table : Table.values()) {
      List<Change> rows = new ArrayList<>();
      try (Rows found = store.scan(table, FIRST, null, Direction.FORWARD)) {
        while (found.next()) {
          if (table != Table.META || found.key()[0] != 0) {
            rows.add(new Change.Put(table, found.key(), found.value()));
          }
        }
      }
      if (table == Table.EVENTS) {
        rows.removeLast();
      }
      all.addAll(rows);
    }
    return all;
  }

  private static Path storeOf(Path data) throws IOException {
    try (Stream<Path> found = Files.walk(data.resolve("store"))) {
      return found
          .filter(path -> Files.isDirectory(path.resolve("live")))
          .findFirst()
          .orElseThrow();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
