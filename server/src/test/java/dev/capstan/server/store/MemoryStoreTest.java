package dev.capstan.server.store;

import java.nio.file.Path;

final class MemoryStoreTest extends StoreContract {
  @Override
  Store open(Path path) {
    return new MemoryStore();
  }
}
