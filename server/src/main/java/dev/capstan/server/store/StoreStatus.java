package dev.capstan.server.store;

/**
 * How a store is doing.
 *
 * @param appliedIndex log index of the last batch
 * @param sequence sequence of the last batch
 * @param digest running digest of all batches; equal on replicas that applied the same batches
 * @param bytesOnDisk bytes of its files
 * @param bytesInMemory bytes of changes not yet in files
 * @param bytesCached bytes of the read cache, shared by all stores of the process
 */
public record StoreStatus(
    long appliedIndex,
    long sequence,
    long digest,
    long bytesOnDisk,
    long bytesInMemory,
    long bytesCached) {}
