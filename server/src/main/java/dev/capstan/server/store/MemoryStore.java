package dev.capstan.server.store;

import dev.capstan.node.env.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, for tests and simulation: the same behaviour, nothing on disk but checkpoints.
 */
public final class MemoryStore implements Store {
  private static final String FILE = "memory-store";

  private final Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);
  private Head head = Head.EMPTY;
  private boolean closed;

  /** An empty store. */
  public MemoryStore() {
    clear();
  }

  @Override
  public synchronized long appliedIndex() {
    return open().index();
  }

  @Override
  public synchronized long sequence() {
    return open().sequence();
  }

  @Override
  public synchronized long digest() {
    return open().digest();
  }

  @Override
  public synchronized void apply(long index, Batch batch) {
    Head next = open().after(index, batch);
    for (Change change : batch.changes()) {
      NavigableMap<byte[], byte[]> table = table(change.table());
      switch (change) {
        case Change.Put put -> table.put(put.key().clone(), put.value().clone());
        case Change.Delete delete -> table.remove(delete.key());
        case Change.DeleteRange range -> {
          if (Arrays.compareUnsigned(range.from(), range.to()) < 0) {
            table.subMap(range.from(), range.to()).clear();
          }
        }
      }
    }
    head = next;
  }

  @Override
  public synchronized byte @Nullable [] get(Table table, byte[] key) {
    open();
    byte[] value = table(table).get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public synchronized Rows scan(
      Table table, byte[] from, byte @Nullable [] to, Direction direction) {
    open();
    NavigableMap<byte[], byte[]> range = range(table(table), from, to);
    List<Map.Entry<byte[], byte[]>> rows = new ArrayList<>();
    range.forEach((key, value) -> rows.add(Map.entry(key, value)));
    if (direction == Direction.BACKWARD) {
      Collections.reverse(rows);
    }
    return new ListRows(rows);
  }

  private static NavigableMap<byte[], byte[]> range(
      NavigableMap<byte[], byte[]> table, byte[] from, byte @Nullable [] to) {
    if (to == null) {
      return table.tailMap(from, true);
    }
    return Arrays.compareUnsigned(from, to) < 0
        ? table.subMap(from, true, to, false)
        : Collections.emptyNavigableMap();
  }

  @Override
  public synchronized long checkpoint(Path directory) {
    List<Change> rows = new ArrayList<>();
    tables.forEach((table, content) ->
        content.forEach((key, value) -> rows.add(new Change.Put(table, key, value))));
    byte[] own = open().encode();
    byte[] all = new Batch(1, 0, rows).encode();
    try {
      Files.createDirectory(directory);
      Files.write(
          directory.resolve(FILE),
          ByteBuffer.allocate(own.length + all.length).put(own).put(all).array());
    } catch (IOException e) {
      throw StorageFailure.of("writing the checkpoint " + directory, e);
    }
    return head.index();
  }

  @Override
  public synchronized void restore(Path checkpoint) {
    open();
    try {
      byte[] bytes = Files.readAllBytes(checkpoint.resolve(FILE));
      int own = Head.EMPTY.encode().length;
      Batch all = Batch.decode(ByteBuffer.wrap(bytes, own, bytes.length - own));
      clear();
      for (Change change : all.changes()) {
        if (change instanceof Change.Put put) {
          table(put.table()).put(put.key(), put.value());
        }
      }
      head = Head.decode(Arrays.copyOf(bytes, own));
    } catch (IOException e) {
      throw StorageFailure.of("reading the checkpoint " + checkpoint, e);
    }
  }

  @Override
  public synchronized StoreStatus status() {
    Head now = open();
    return new StoreStatus(now.index(), now.sequence(), now.digest(), 0, 0, 0);
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private NavigableMap<byte[], byte[]> table(Table table) {
    return tables.computeIfAbsent(table, t -> new TreeMap<>(Arrays::compareUnsigned));
  }

  private void clear() {
    tables.clear();
    head = Head.EMPTY;
  }

  private Head open() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
    return head;
  }

  private static final class ListRows implements Rows {
    private final List<Map.Entry<byte[], byte[]>> rows;
    private int at = -1;

    ListRows(List<Map.Entry<byte[], byte[]>> rows) {
      this.rows = rows;
    }

    @Override
    public boolean next() {
      return ++at < rows.size();
    }

    @Override
    public byte[] key() {
      return rows.get(at).getKey().clone();
    }

    @Override
    public byte[] value() {
      return rows.get(at).getValue().clone();
    }

    @Override
    public void close() {}
  }
}
