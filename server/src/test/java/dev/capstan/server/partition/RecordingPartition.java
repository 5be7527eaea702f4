package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.env.Clock;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A partition without a loop: rows in memory, transactions at once and on the caller's thread, and
 * a record of what it was told. Starts happen once an id, like the real ones.
 */
public final class RecordingPartition implements PartitionRequests {
  /** A session that was reported as lost. */
  public record Lost(String node, long epoch, String reason) {}

  public final List<Command> reports = new CopyOnWriteArrayList<>();
  public final List<Lost> lost = new CopyOnWriteArrayList<>();
  public final List<String> audits = new CopyOnWriteArrayList<>();

  /** Attempts that count as those of their nodes. */
  public final Set<AttemptToken> present = ConcurrentHashMap.newKeySet();

  public final AtomicInteger slotsFreed = new AtomicInteger();
  public final List<Start> starts = new CopyOnWriteArrayList<>();
  private final MemoryStore store;
  private final Clock clock;

  /** A partition over a store that may hold rows already. */
  public RecordingPartition(MemoryStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** The rows. */
  public MemoryStore store() {
    return store;
  }

  @Override
  public CompletableFuture<Started> start(Start request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Summary> command(
      String execution, Command command, String principal, String operation) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void report(Command report, String execution) {
    reports.add(report);
  }

  @Override
  public CompletableFuture<Integer> publish(List<CloudEvent> events, String principal) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized <T> CompletableFuture<T> transact(Transaction<T> transaction) {
    View view = new View();
    T result;
    try {
      result = transaction.run(view);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    store.apply(
        store.appliedIndex() + 1,
        new Batch(store.sequence() + 1, clock.wallMillis(), view.changes));
    view.afterCommit.forEach(Runnable::run);
    return CompletableFuture.completedFuture(result);
  }

  @Override
  public void slotsFreed() {
    slotsFreed.incrementAndGet();
  }

  @Override
  public void sessionLost(String node, long epoch, String reason) {
    lost.add(new Lost(node, epoch, reason));
  }

  @Override
  public CompletableFuture<Set<AttemptToken>> sessionResumed(
      String node, long epoch, Set<AttemptToken> held) {
    Set<AttemptToken> kept = new HashSet<>(held);
    kept.retainAll(present);
    return CompletableFuture.completedFuture(kept);
  }

  private final class View implements TransactionView {
    private final List<Change> changes = new ArrayList<>();
    private final List<Runnable> afterCommit = new ArrayList<>();

    @Override
    public Instant now() {
      return Instant.ofEpochMilli(clock.wallMillis());
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
      return store.get(table, key);
    }

    @Override
    public void write(Change change) {
      changes.add(change);
    }

    @Override
    public void audit(
        String principal, String operation, String object, String result, @Nullable String detail) {
      audits.add(operation + " " + object);
    }

    @Override
    public void start(Start request) {
      if (starts.stream().noneMatch(known -> known.id().equals(request.id()))) {
        starts.add(request);
      }
    }

    @Override
    public void afterCommit(Runnable action) {
      afterCommit.add(action);
    }
  }
}
