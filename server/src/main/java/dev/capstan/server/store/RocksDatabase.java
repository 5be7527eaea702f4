package dev.capstan.server.store;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StartupRefusal.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * An open database with a column family for each table. Holds native memory: nothing may be used
 * after close.
 */
final class RocksDatabase implements AutoCloseable {
  private static final String DEFAULT_FAMILY = "default";

  private final RocksDB database;
  private final Map<Table, ColumnFamilyHandle> families;
  private final List<ColumnFamilyHandle> handles;
  private final RocksOptions options;

  private RocksDatabase(
      RocksDB database,
      Map<Table, ColumnFamilyHandle> families,
      List<ColumnFamilyHandle> handles,
      RocksOptions options) {
    this.database = database;
    this.families = families;
    this.handles = handles;
    this.options = options;
  }

  /**
   * Opens or creates a database.
   *
   * @throws StartupRefusal if it is damaged or of a newer version
   */
  static RocksDatabase open(Path directory, StoreMemory memory) {
    return open(directory, memory, false);
  }

  /** Opens a database that nobody writes to, such as a checkpoint. */
  static RocksDatabase openReadOnly(Path directory, StoreMemory memory) {
    return open(directory, memory, true);
  }

  private static RocksDatabase open(Path directory, StoreMemory memory, boolean readOnly) {
    RocksOptions options = new RocksOptions(memory);
    try {
      refuseUnknownFamilies(directory);
      List<ColumnFamilyDescriptor> wanted = new ArrayList<>();
      wanted.add(descriptor(DEFAULT_FAMILY, options));
      for (Table table : Table.values()) {
        wanted.add(descriptor(table.family(), options));
      }
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      RocksDB database =
          readOnly
              ? RocksDB.openReadOnly(options.database(), directory.toString(), wanted, handles)
              : RocksDB.open(options.database(), directory.toString(), wanted, handles);
      Map<Table, ColumnFamilyHandle> families = new EnumMap<>(Table.class);
      int next = 1;
      for (Table table : Table.values()) {
        families.put(table, handles.get(next++));
      }
      return new RocksDatabase(database, families, handles, options);
    } catch (RocksDBException e) {
      options.close();
      throw refusal(directory, e);
    } catch (RuntimeException e) {
      options.close();
      throw e;
    }
  }

  RocksDB database() {
    return database;
  }

  ColumnFamilyHandle family(Table table) {
    ColumnFamilyHandle handle = families.get(table);
    if (handle == null) {
      throw new IllegalStateException("no family for " + table);
    }
    return handle;
  }

  List<ColumnFamilyHandle> families() {
    return handles;
  }

  /** What {@link Head} the database has; the empty one if it is new. */
  Head head(Path directory) {
    byte[] row;
    try {
      row = database.get(family(Table.META), Head.KEY);
    } catch (RocksDBException e) {
      throw refusal(directory, e);
    }
    if (row == null) {
      return Head.EMPTY;
    }
    if (Head.formatOf(row) > Head.FORMAT) {
      throw newer(directory, "format " + Head.formatOf(row));
    }
    try {
      return Head.decode(row);
    } catch (IllegalArgumentException e) {
      throw refusal(directory, e);
    }
  }

  private static void refuseUnknownFamilies(Path directory) throws RocksDBException {
    List<String> known = new ArrayList<>();
    known.add(DEFAULT_FAMILY);
    for (Table table : Table.values()) {
      known.add(table.family());
    }
    try (Options options = new Options()) {
      for (byte[] name : RocksDB.listColumnFamilies(options, directory.toString())) {
        String family = new String(name, StandardCharsets.UTF_8);
        if (!known.contains(family)) {
          throw newer(directory, "a table " + family);
        }
      }
    }
  }

  private static ColumnFamilyDescriptor descriptor(String name, RocksOptions options) {
    return new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), options.table());
  }

  private static StartupRefusal newer(Path directory, String what) {
    return new StartupRefusal(
        Code.FORMAT_NEWER,
        "The store " + directory + " has " + what,
        "This version does not know it",
        "start a version at least as new as the one that wrote the data",
        null);
  }

  private static StartupRefusal refusal(Path directory, @Nullable Throwable cause) {
    return new StartupRefusal(
        Code.STORE_DAMAGED,
        "The store " + directory + " can't be read (" + cause + ")",
        "Its state can't be trusted",
        "check the disk; then move the store's directory away to have it rebuilt from the log's"
            + " snapshot, restore a backup, or let another coordinator supply this one anew",
        cause);
  }

  @Override
  public void close() {
    handles.forEach(ColumnFamilyHandle::close);
    database.close();
    options.close();
  }
}
