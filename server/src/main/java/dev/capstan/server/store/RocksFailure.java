package dev.capstan.server.store;

import dev.capstan.node.env.StorageFailure;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Gives RocksDB's errors our codes. */
final class RocksFailure {
  private RocksFailure() {}

  static StorageFailure of(String doing, RocksDBException e) {
    return new StorageFailure(code(e), doing + ": " + e.getMessage(), e);
  }

  static StorageFailure.Code code(RocksDBException e) {
    Status status = e.getStatus();
    if (status == null) {
      return StorageFailure.Code.DISK_ERROR;
    }
    if (status.getSubCode() == Status.SubCode.NoSpace) {
      return StorageFailure.Code.DISK_FULL;
    }
    return status.getCode() == Status.Code.Corruption
        ? StorageFailure.Code.CORRUPTION
        : StorageFailure.Code.DISK_ERROR;
  }
}
