package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A partition without a loop: rows in memory, transactions at once and on the caller's thread, and
 * a record of what it was told. Starts happen once an id, like the real ones. After {@link #pause}
 * what is asked waits for {@link #decide}, and who asked waits for {@link #commit}.
 */
public final class RecordingPartition implements PartitionRequests {
  /** A session that was reported as lost. */
  public record Lost(String node, long epoch, String reason, boolean forGood) {}

  public final List<Command> reports = new CopyOnWriteArrayList<>();
  public final List<Lost> lost = new CopyOnWriteArrayList<>();
  public final List<String> audits = new CopyOnWriteArrayList<>();

  /** Audit entries of what was refused: who, what and why. */
  public final List<String> refused = new CopyOnWriteArrayList<>();

  /** Attempts that count as those of their nodes. */
  public final Set<AttemptToken> present = ConcurrentHashMap.newKeySet();

  /** What the next commands are answered with. */
  public final Queue<CompletableFuture<Summary>> answers = new ConcurrentLinkedQueue<>();

  /** What the next starts of clients are answered with. */
  public final Queue<CompletableFuture<Started>> started = new ConcurrentLinkedQueue<>();

  public final AtomicInteger slotsFreed = new AtomicInteger();
  public final List<Start> starts = new CopyOnWriteArrayList<>();
  private final Queue<Runnable> undecided = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> refusals = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> uncommitted = new ConcurrentLinkedQueue<>();
  private volatile boolean paused;
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
    CompletableFuture<Started> answer = started.poll();
    if (answer == null) {
      throw new UnsupportedOperationException();
    }
    starts.add(request);
    return answer;
  }

  @Override
  public CompletableFuture<Summary> command(
      String execution, Command command, String principal, String operation) {
    CompletableFuture<Summary> answer = answers.poll();
    if (answer == null) {
      throw new UnsupportedOperationException();
    }
    return answer;
  }

  @Override
  public CompletableFuture<Summary> migrate(Move move) {
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
  public CompletableFuture<Said.Heard> say(Said said) {
    throw new UnsupportedOperationException();
  }

  /** From now on nothing is decided and nothing is durable before the test says so. */
  public void pause() {
    paused = true;
  }

  /** How much has been asked and is not decided. */
  public int undecided() {
    return undecided.size();
  }

  /** Decides everything that has been asked; answers how much that was. */
  public int decide() {
    return runAll(undecided);
  }

  /** Makes everything durable that has been decided; answers how much that was. */
  public int commit() {
    return runAll(uncommitted);
  }

  /** Refuses everything that has been asked, as a partition does that stops leading. */
  public void refuse() {
    undecided.clear();
    runAll(refusals);
  }

  private static int runAll(Queue<Runnable> queue) {
    int count = 0;
    for (Runnable next = queue.poll(); next != null; next = queue.poll()) {
      next.run();
      count++;
    }
    return count;
  }

  @Override
  public <T> CompletableFuture<T> transact(Transaction<T> transaction) {
    return later(transaction, decided -> decided);
  }

  /** Runs a transaction in its turn; {@code follow} sees what it has decided in the same one. */
  private <T, R> CompletableFuture<R> later(Transaction<T> transaction, Function<T, R> follow) {
    CompletableFuture<R> future = new CompletableFuture<>();
    Runnable turn = () -> take(transaction, follow, future);
    if (paused) {
      refusals.add(() ->
          future.completeExceptionally(
              new Refusal(Refusal.Code.NOT_READY, "this replica leads no more")));
      // Last: whoever sees it may refuse it at once.
      undecided.add(turn);
    } else {
      turn.run();
    }
    return future;
  }

  private synchronized <T, R> void take(
      Transaction<T> transaction, Function<T, R> follow, CompletableFuture<R> future) {
    View view = new View();
    R result;
    try {
      result = follow.apply(transaction.run(view));
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
      return;
    }
    store.apply(
        store.appliedIndex() + 1,
        new Batch(store.sequence() + 1, clock.wallMillis(), view.changes.changes()));
    Runnable commit =
        () -> {
          view.afterCommit.forEach(Runnable::run);
          future.complete(result);
        };
    if (paused) {
      uncommitted.add(commit);
    } else {
      commit.run();
    }
  }

  @Override
  public void slotsFreed() {
    slotsFreed.incrementAndGet();
  }

  @Override
  public <J extends Joining> CompletableFuture<Begun<J>> sessionBegins(
      String node, Set<AttemptToken> held, Transaction<J> join) {
    return later(
        join,
        joined -> {
          lose(node, joined.endedEpoch(), "another session of node " + node + " began", false);
          if (joined.resumedEpoch() != 0) {
            present.removeIf(
                token -> token.epoch() == joined.resumedEpoch() && !held.contains(token));
          }
          Set<AttemptToken> kept = new HashSet<>(held);
          kept.retainAll(present);
          return new Begun<>(joined, kept);
        });
  }

  @Override
  public CompletableFuture<Long> sessionEnds(
      String node, String reason, BooleanSupplier forGood, Transaction<Long> departure) {
    return later(
        departure,
        epoch -> {
          lose(node, epoch, reason, forGood.getAsBoolean());
          return epoch;
        });
  }

  private void lose(String node, long epoch, String reason, boolean forGood) {
    if (epoch != 0) {
      lost.add(new Lost(node, epoch, reason, forGood));
      present.removeIf(token -> token.epoch() == epoch);
    }
  }

  private final class View implements TransactionView {
    private final Overlay changes = new Overlay();
    private final List<Runnable> afterCommit = new ArrayList<>();

    @Override
    public Instant now() {
      return Instant.ofEpochMilli(clock.wallMillis());
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
      Overlay.Found found = changes.find(table, key);
      return found == Overlay.Found.UNTOUCHED ? store.get(table, key) : found.value();
    }

    @Override
    public void write(Change change) {
      changes.add(change);
    }

    @Override
    public void audit(
        String principal, String operation, String object, String result, @Nullable String detail) {
      audits.add(operation + " " + object);
      if (result.equals("refused")) {
        refused.add(principal + " " + object + ": " + detail);
      }
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
