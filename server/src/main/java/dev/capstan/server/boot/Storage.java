package dev.capstan.server.boot;

import dev.capstan.server.config.CoordinatorConfig;
import dev.capstan.server.env.DataDirectory;
import dev.capstan.server.store.RocksStore;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.StoreMemory;

/** What is on disk, open. */
final class Storage implements AutoCloseable {
  private static final String STORE = "main";

  private final DataDirectory directory;
  private final StoreMemory memory;
  private final Store store;

  private Storage(DataDirectory directory, StoreMemory memory, Store store) {
    this.directory = directory;
    this.memory = memory;
    this.store = store;
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
      try {
        return new Storage(
            directory, memory, RocksStore.open(directory.store().resolve(STORE), memory));
      } catch (RuntimeException e) {
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

  Store store() {
    return store;
  }

  @Override
  public void close() {
    store.close();
    memory.close();
    directory.close();
  }
}
