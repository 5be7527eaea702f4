package dev.capstan.server.boot;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.env.DataDirectory;
import dev.capstan.server.store.RocksStore;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreMemory;
import java.util.ArrayList;
import java.util.List;

/** What is on disk, open. */
final class Storage implements AutoCloseable {
  private final DataDirectory directory;
  private final StoreMemory memory;
  private final List<Store> stores;

  private Storage(DataDirectory directory, StoreMemory memory, List<Store> stores) {
    this.directory = directory;
    this.memory = memory;
    this.stores = stores;
  }

  /** What the group of a partition is called, and its store; for ever. */
  static String group(int partition) {
    return partition == 0 ? "main" : "p" + partition;
  }

  static Storage open(CoordinatorConfig config) {
    DataDirectory directory =
        DataDirectory.open(
            config.dataDirectory(),
            config.cluster(),
            config.coordinator(),
            config.minimumFreeBytes());
    try {
      StoreMemory memory = StoreMemory.ofDefaults();
      List<Store> stores = new ArrayList<>();
      try {
        for (int partition = 0; partition < config.partitions(); partition++) {
          stores.add(RocksStore.open(directory.store().resolve(group(partition)), memory));
        }
        return new Storage(directory, memory, stores);
      } catch (RuntimeException e) {
        stores.forEach(Store::close);
        memory.close();
        throw e;
      }
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  DataDirectory directory() {
    return directory;
  }

  /** The store of a partition. */
  Store store(int partition) {
    return stores.get(partition);
  }

  @Override
  public void close() {
    stores.forEach(Store::close);
    memory.close();
    directory.close();
  }
}
