package dev.capstan.server.partition;

/**
 * What a leader has in memory to decide on: the state after everything decided so far. It may be
 * ahead of what will ever be committed, so all of it is forgotten when the leadership ends, and
 * found again in the store by the next. Owned by the partition's thread.
 */
final class LeaderMemory {
  final Pipeline pipeline;
  final ExecutionCache cache;
  final Holdings holdings = new Holdings();
  final IdempotencyKeys keys;

  LeaderMemory(PartitionSetup setup) {
    PartitionLimits limits = setup.limits();
    this.pipeline = new Pipeline(setup.store());
    this.cache = new ExecutionCache(limits.cachedExecutions(), limits.cachedBytes());
    this.keys = new IdempotencyKeys(setup.store(), limits.keyLife());
  }

  /** Forgets what was decided, but for the batches in flight, whose outcome others wait for. */
  void clear() {
    holdings.clear();
    cache.clear();
    keys.clear();
  }
}
