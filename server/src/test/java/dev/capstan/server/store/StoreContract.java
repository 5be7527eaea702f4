package dev.capstan.server.store;

import static dev.capstan.server.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every store must do. */
abstract class StoreContract {
  @TempDir Path directory;
  Store store;

  /** Opens an empty store below a directory. */
  abstract Store open(Path path);

  @BeforeEach
  void openStore() {
    store = open(directory.resolve("store"));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void aNewStoreIsEmpty() {
    assertThat(store.appliedIndex()).isEqualTo(-1);
    assertThat(store.sequence()).isZero();
    assertThat(store.digest()).isZero();
    assertThat(store.get(Table.EVENTS, bytes("a"))).isNull();
    assertThat(keys(Table.EVENTS, "", null, Direction.FORWARD)).isEmpty();
  }

  @Test
  void aBatchChangesSeveralTablesAtOnce() {
    store.apply(7, batch(1, put(Table.EVENTS, "e", "1"), put(Table.TASKS, "t", "2")));

    assertThat(store.get(Table.EVENTS, bytes("e"))).isEqualTo(bytes("1"));
    assertThat(store.get(Table.TASKS, bytes("t"))).isEqualTo(bytes("2"));
    assertThat(store.get(Table.TASKS, bytes("e"))).isNull();
    assertThat(store.appliedIndex()).isEqualTo(7);
    assertThat(store.sequence()).isEqualTo(1);
  }

  @Test
  void aLaterChangeOfTheSameBatchWins() {
    store.apply(
        0,
        batch(
            1,
            put(Table.TASKS, "a", "old"),
            put(Table.TASKS, "b", "x"),
            new Change.DeleteRange(Table.TASKS, bytes("a"), bytes("c")),
            put(Table.TASKS, "a", "new")));

    assertThat(store.get(Table.TASKS, bytes("a"))).isEqualTo(bytes("new"));
    assertThat(store.get(Table.TASKS, bytes("b"))).isNull();
  }

  @Test
  void aRangeEndsBeforeItsUpperKey() {
    store.apply(0, batch(1, put(Table.KEYS, "a", ""), put(Table.KEYS, "b", "")));
    store.apply(1, batch(2, new Change.DeleteRange(Table.KEYS, bytes("a"), bytes("b"))));

    assertThat(keys(Table.KEYS, "", null, Direction.FORWARD)).containsExactly("b");
  }

  @Test
  void aSequenceGapIsRefusedAndChangesNothing() {
    store.apply(0, batch(1, put(Table.TASKS, "a", "1")));

    assertThatThrownBy(() -> store.apply(1, batch(3, put(Table.TASKS, "a", "3"))))
        .isInstanceOf(SequenceGap.class)
        .hasMessageContaining("batch 3")
        .hasMessageContaining("batch 2");
    assertThat(store.get(Table.TASKS, bytes("a"))).isEqualTo(bytes("1"));
    assertThat(store.appliedIndex()).isZero();
  }

  @Test
  void anIndexThatDoesNotGrowIsRefused() {
    store.apply(5, batch(1));

    assertThatThrownBy(() -> store.apply(5, batch(2))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void metaKeysOfTheStoreItselfCannotBeChanged() {
    assertThatThrownBy(() -> store.apply(0, batch(1, put(Table.META, "\0x", "1"))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            store.apply(0, batch(1, new Change.DeleteRange(Table.META, new byte[0], bytes("z")))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void scansGoBothWaysBetweenBounds() {
    store.apply(
        0,
        batch(
            1,
            put(Table.TIMERS, "a", "1"),
            put(Table.TIMERS, "b", "2"),
            put(Table.TIMERS, "c", "3"),
            put(Table.TIMERS, "d", "4")));

    assertThat(keys(Table.TIMERS, "b", "d", Direction.FORWARD)).containsExactly("b", "c");
    assertThat(keys(Table.TIMERS, "b", "d", Direction.BACKWARD)).containsExactly("c", "b");
    assertThat(keys(Table.TIMERS, "c", null, Direction.BACKWARD)).containsExactly("d", "c");
    assertThat(keys(Table.TIMERS, "d", "b", Direction.FORWARD)).isEmpty();
  }

  @Test
  void keysAreComparedAsUnsignedBytes() {
    byte[] high = {(byte) 0x80};
    byte[] low = {0x7F};
    store.apply(
        0,
        batch(
            1,
            new Change.Put(Table.TIMERS, high, bytes("h")),
            new Change.Put(Table.TIMERS, low, bytes("l"))));

    try (Rows rows = store.scan(Table.TIMERS, new byte[0], null, Direction.FORWARD)) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.key()).isEqualTo(low);
      assertThat(rows.next()).isTrue();
      assertThat(rows.value()).isEqualTo(bytes("h"));
      assertThat(rows.next()).isFalse();
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void aScanSeesTheStateItBeganWith() {
    store.apply(0, batch(1, put(Table.TASKS, "a", "1"), put(Table.TASKS, "b", "1")));

    try (Rows rows = store.scan(Table.TASKS, new byte[0], null, Direction.FORWARD)) {
      store.apply(
          1, batch(2, put(Table.TASKS, "aa", "2"), new Change.Delete(Table.TASKS, bytes("b"))));

      assertThat(rows.next()).isTrue();
      assertThat(rows.next()).isTrue();
      assertThat(rows.key()).isEqualTo(bytes("b"));
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void readersNeverSeeHalfABatch() {
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> reader =
        CompletableFuture.runAsync(() -> {
          while (!stop.get()) {
            List<String> values = new ArrayList<>();
            try (Rows rows = store.scan(Table.TASKS, new byte[0], null, Direction.FORWARD)) {
              while (rows.next()) {
                values.add(text(rows.value()));
              }
            }
            assertThat(values.stream().distinct().count()).isLessThanOrEqualTo(1);
          }
        });
    for (int i = 1; i <= 300; i++) {
      String value = Integer.toString(i);
      store.apply(i, batch(i, put(Table.TASKS, "a", value), put(Table.TASKS, "z", value)));
    }
    stop.set(true);

    assertThat(reader).succeedsWithin(PATIENCE);
  }

  @Test
  void aCheckpointIsACopyThatLaterChangesDoNotTouch() {
    store.apply(3, batch(1, put(Table.TASKS, "a", "1")));
    Path copy = directory.resolve("copy");

    assertThat(store.checkpoint(copy)).isEqualTo(3);
    store.apply(4, batch(2, put(Table.TASKS, "a", "2")));
    long later = store.digest();
    store.restore(copy);

    assertThat(store.appliedIndex()).isEqualTo(3);
    assertThat(store.sequence()).isEqualTo(1);
    assertThat(store.get(Table.TASKS, bytes("a"))).isEqualTo(bytes("1"));
    assertThat(store.digest()).isNotEqualTo(later);
    store.apply(4, batch(2, put(Table.TASKS, "a", "2")));
    assertThat(store.digest()).isEqualTo(later);
  }

  @Test
  void aCheckpointFitsAnotherStore() {
    store.apply(3, batch(1, put(Table.EVENTS, "a", "1")));
    Path copy = directory.resolve("copy");
    store.checkpoint(copy);

    try (Store other = open(directory.resolve("other"))) {
      other.apply(0, batch(1, put(Table.EVENTS, "b", "2")));
      other.restore(copy);

      assertThat(other.get(Table.EVENTS, bytes("a"))).isEqualTo(bytes("1"));
      assertThat(other.get(Table.EVENTS, bytes("b"))).isNull();
      assertThat(other.digest()).isEqualTo(store.digest());
    }
  }

  @Test
  void theDigestTellsWhatDiffers() {
    try (Store other = open(directory.resolve("other"))) {
      store.apply(1, batch(1, put(Table.TASKS, "a", "1"), put(Table.TASKS, "b", "2")));
      other.apply(1, batch(1, put(Table.TASKS, "a", "1"), put(Table.TASKS, "b", "2")));
      assertThat(other.digest()).isEqualTo(store.digest());

      store.apply(2, batch(2, put(Table.TASKS, "ab", "c")));
      other.apply(2, batch(2, put(Table.TASKS, "a", "bc")));
      assertThat(other.digest()).isNotEqualTo(store.digest());
    }
  }

  @Test
  void everyUseAfterCloseIsRefused() {
    store.apply(0, batch(1, put(Table.TASKS, "a", "1")));
    store.close();

    assertThatThrownBy(() -> store.get(Table.TASKS, bytes("a")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.apply(1, batch(2))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.scan(Table.TASKS, bytes(""), null, Direction.FORWARD))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.checkpoint(directory.resolve("late")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void randomBatchesGiveTheSameAsASortedMap() {
    SplittableRandom random = new SplittableRandom(42);
    NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = 1; i <= 200; i++) {
      List<Change> changes = new ArrayList<>();
      for (int j = random.nextInt(8); j >= 0; j--) {
        changes.add(randomChange(random, model));
      }
      store.apply(2L * i, new Batch(i, i, changes));
    }

    List<String> expected = new ArrayList<>();
    model.forEach((key, value) -> expected.add(text(key) + "=" + text(value)));
    List<String> found = new ArrayList<>();
    try (Rows rows = store.scan(Table.EXECUTIONS, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        found.add(text(rows.key()) + "=" + text(rows.value()));
      }
    }
    assertThat(found).isEqualTo(expected).isNotEmpty();
  }

  private static Change randomChange(SplittableRandom random, NavigableMap<byte[], byte[]> model) {
    byte[] key = bytes("k" + random.nextInt(50));
    return switch (random.nextInt(5)) {
      case 0 -> {
        model.remove(key);
        yield new Change.Delete(Table.EXECUTIONS, key);
      }
      case 1 -> {
        byte[] to = bytes(text(key) + "~");
        model.subMap(key, to).clear();
        yield new Change.DeleteRange(Table.EXECUTIONS, key, to);
      }
      default -> {
        byte[] value = bytes("v" + random.nextInt());
        model.put(key, value);
        yield new Change.Put(Table.EXECUTIONS, key, value);
      }
    };
  }

  @Test
  void batchesThatWereDecodedCountAsThoseThatWereEncoded() {
    Batch batch = batch(1, put(Table.TASKS, "a", "1"), new Change.Delete(Table.KEYS, bytes("k")));
    store.apply(0, Batch.decode(ByteBuffer.wrap(batch.encode())));
    try (Store other = open(directory.resolve("other"))) {
      other.apply(0, batch);
      assertThat(other.digest()).isEqualTo(store.digest());
    }
  }

  List<String> keys(Table table, String from, @Nullable String to, Direction direction) {
    List<String> keys = new ArrayList<>();
    try (Rows rows = store.scan(table, bytes(from), to == null ? null : bytes(to), direction)) {
      while (rows.next()) {
        keys.add(text(rows.key()));
      }
    }
    return keys;
  }

  static Batch batch(long sequence, Change... changes) {
    return new Batch(sequence, 1_000 + sequence, List.of(changes));
  }

  static Change put(Table table, String key, String value) {
    return new Change.Put(table, bytes(key), bytes(value));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
