package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.IdempotencyKey;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keys of idempotency: those of batches in flight from memory, all others from the store. Owned by
 * the partition's thread.
 */
final class IdempotencyKeys {
  private static final int PURGED_AT_ONCE = 1_000;

  private final Store store;
  private final RowCodec codec = new RowCodec();
  private final long lifeMillis;
  private final Map<Name, Use> recent = new HashMap<>();
  private final Deque<Use> byBatch = new ArrayDeque<>();

  /** A key belongs to a workflow, so that two workflows may use the same. */
  record Name(String namespace, String workflow, String key) {
    byte[] row() {
      return Keys.idempotency(namespace, workflow, key);
    }
  }

  /** What a key was used for, in which batch. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Use(Name name, String execution, byte[] fingerprint, long batch) {}

  IdempotencyKeys(Store store, Duration life) {
    this.store = store;
    this.lifeMillis = life.toMillis();
  }

  /** What a key was used for; null if it wasn't, or long ago. */
  @Nullable Use find(Name name, long nowMillis) {
    Use use = recent.get(name);
    if (use != null) {
      return use;
    }
    byte[] row = store.get(Table.KEYS, name.row());
    if (row == null) {
      return null;
    }
    IdempotencyKey stored = RowCodec.key(row);
    return stored.getCreatedMillis() + lifeMillis < nowMillis
        ? null
        : new Use(name, stored.getExecution(), stored.getFingerprint().toByteArray(), 0);
  }

  void use(Draft draft, Name name, String execution, byte[] fingerprint) {
    long nowMillis = draft.now().toEpochMilli();
    byte[] row = name.row();
    draft.put(Table.KEYS, row, codec.key(execution, fingerprint, nowMillis));
    draft.put(Table.KEYS, Keys.idempotencyByTime(nowMillis, row), new byte[0]);
    Use use = new Use(name, execution, fingerprint, draft.sequence());
    recent.put(name, use);
    byBatch.add(use);
  }

  /** The store has everything up to a batch. */
  void applied(long batch) {
    while (!byBatch.isEmpty() && byBatch.getFirst().batch() <= batch) {
      Use use = byBatch.removeFirst();
      Use latest = recent.get(use.name());
      if (latest != null && latest.batch() <= batch) {
        recent.remove(use.name());
      }
    }
  }

  void clear() {
    recent.clear();
    byBatch.clear();
  }

  /** Removes keys whose time is over; answers whether there may be more. */
  boolean purge(Draft draft) {
    long before = draft.now().toEpochMilli() - lifeMillis;
    int purged = 0;
    if (before <= 0) {
      return false;
    }
    try (Rows rows =
        store.scan(
            Table.KEYS,
            Keys.idempotencyByTime(0),
            Keys.idempotencyByTime(before),
            Direction.FORWARD)) {
      while (purged < PURGED_AT_ONCE && rows.next()) {
        byte[] byTime = rows.key();
        byte[] key = Keys.idempotencyOf(byTime);
        byte[] row = store.get(Table.KEYS, key);
        if (row != null && isOf(byTime, row)) {
          draft.delete(Table.KEYS, key);
        }
        draft.delete(Table.KEYS, byTime);
        purged++;
      }
    }
    return purged == PURGED_AT_ONCE;
  }

  /** A key that was used again after its time has a later row by time. */
  private static boolean isOf(byte[] byTime, byte[] row) {
    return Keys.createdMillis(byTime) == RowCodec.key(row).getCreatedMillis();
  }
}
