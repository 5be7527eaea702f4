package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.ExecutionHead;
import dev.capstan.api.storage.v1.ExecutionState;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Forgets executions that ended long ago, with their histories. One that was retried meanwhile, or
 * whose end is not stored yet, is left alone.
 */
final class PurgeWork implements Work {
  /** A history with more rows goes as a range, which costs readers more than single rows do. */
  private static final int SINGLE_ROWS = 32;

  private final Store store;
  private final ExecutionCache cache;
  private final List<String> ids;
  private final Instant endedBefore;
  private final CompletableFuture<Integer> future = new CompletableFuture<>();

  PurgeWork(Store store, ExecutionCache cache, List<String> ids, Instant endedBefore) {
    this.store = store;
    this.cache = cache;
    this.ids = List.copyOf(ids);
    this.endedBefore = endedBefore;
  }

  /** How many have been forgotten for good. */
  CompletableFuture<Integer> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    List<String> purged = new ArrayList<>();
    for (String id : ids) {
      if (!turn.isFull() && isSettled(id) && purge(turn, id)) {
        turn.purging(id);
        purged.add(id);
      }
    }
    if (!purged.isEmpty()) {
      turn.draft()
          .audit(
              "engine",
              "execution.purge",
              purged.size() + " executions",
              "ok",
              "from "
                  + purged.getFirst()
                  + " to "
                  + purged.getLast()
                  + ", ended before "
                  + endedBefore);
    }
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long index) {
                purged.forEach(turn::purged);
                future.complete(purged.size());
              }

              @Override
              public void refused(Refusal reason) {
                future.completeExceptionally(reason);
              }
            });
    return true;
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }

  /** Whether what is stored is all there is about it. */
  private boolean isSettled(String id) {
    LiveExecution live = cache.get(id);
    if (live == null) {
      return true;
    }
    boolean settled =
        live.touched == null
            && live.lastBatch <= store.sequence()
            && live.state().status().hasEnded();
    if (settled) {
      cache.remove(live);
    }
    return settled;
  }

  private boolean purge(Turn turn, String id) {
    byte[] key = Keys.execution(id);
    byte[] headRow = store.get(Table.EXECUTIONS, Keys.head(key));
    byte[] stateRow = store.get(Table.EXECUTIONS, Keys.state(key));
    if (headRow == null || stateRow == null) {
      return false;
    }
    ExecutionState state = RowCodec.state(stateRow);
    Status status = RowCodec.status(state.getStatus());
    if (!status.hasEnded()
        || !state.hasEndedAt()
        || !EventReader.time(state.getEndedAt()).isBefore(endedBefore)) {
      return false;
    }
    Draft draft = turn.draft();
    index(draft, key, RowCodec.head(headRow), status);
    history(draft, key);
    draft.delete(Table.EXECUTIONS, Keys.head(key));
    draft.delete(Table.EXECUTIONS, Keys.state(key));
    return true;
  }

  private static void index(Draft draft, byte[] key, ExecutionHead head, Status status) {
    long started = EventReader.time(head.getStartedAt()).toEpochMilli();
    List<byte[]> prefixes = new ArrayList<>();
    prefixes.add(Keys.indexAll());
    prefixes.add(Keys.indexStatus(status));
    prefixes.add(
        Keys.indexWorkflow(head.getWorkflow().getNamespace(), head.getWorkflow().getName()));
    for (Map.Entry<String, String> label : EventReader.labels(head.getLabelsList()).entrySet()) {
      prefixes.add(Keys.indexLabel(label.getKey(), label.getValue()));
    }
    for (byte[] prefix : prefixes) {
      draft.delete(Table.EXECUTION_INDEX, Keys.indexed(prefix, started, key));
    }
  }

  private void history(Draft draft, byte[] key) {
    List<byte[]> rows = new ArrayList<>();
    try (Rows events = store.scan(Table.EVENTS, key, Keys.after(key), Direction.FORWARD)) {
      while (rows.size() <= SINGLE_ROWS && events.next()) {
        rows.add(events.key());
      }
    }
    if (rows.size() > SINGLE_ROWS) {
      draft.add(new Change.DeleteRange(Table.EVENTS, key, Keys.after(key)));
    } else {
      rows.forEach(row -> draft.delete(Table.EVENTS, row));
    }
  }
}
