package dev.capstan.server.partition;

import dev.capstan.core.decision.TimerKey;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A part of the check that is always on: whether some executions that have not ended have an owner.
 * It looks at what is in memory alone, reads no history, and gives the thread back after a short
 * time to go on in the next turn.
 */
final class OwnershipPiece implements Work {
  private static final long BUDGET_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Store store;
  private final ExecutionCache cache;
  private final LongSupplier nanos;
  private final Predicate<String> own;
  private final List<OwnershipSample> samples;
  private final List<String> violations = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();
  private final CompletableFuture<OwnershipFindings> future = new CompletableFuture<>();
  private int next;

  /**
   * @param own whether an execution belongs to the partition
   */
  OwnershipPiece(
      Store store,
      ExecutionCache cache,
      LongSupplier nanos,
      List<OwnershipSample> samples,
      Predicate<String> own) {
    this.own = own;
    this.store = store;
    this.cache = cache;
    this.nanos = nanos;
    this.samples = List.copyOf(samples);
  }

  CompletableFuture<OwnershipFindings> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    long until = nanos.getAsLong() + BUDGET_NANOS;
    while (next < samples.size()) {
      look(samples.get(next++), turn.holdings());
      if (nanos.getAsLong() - until >= 0 && next < samples.size()) {
        return false;
      }
    }
    future.complete(new OwnershipFindings(samples.size(), violations, unknown));
    return true;
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }

  private void look(OwnershipSample sample, Holdings holdings) {
    LiveExecution live = cache.get(sample.id());
    Execution stored = sample.state();
    if (live != null) {
      if (!live.broken) {
        judge(live.state(), holdings);
      }
    } else if (stored == null) {
      unknown.add(sample.id());
    } else if (isUnchanged(stored)) {
      judge(stored, holdings);
    }
  }

  /** What is not in memory has nothing in flight, so its row tells whether it has moved on. */
  private boolean isUnchanged(Execution stored) {
    byte[] row = store.get(Table.EXECUTIONS, Keys.state(Keys.execution(stored.id())));
    return row != null && RowCodec.state(row).getEventCount() == stored.eventCount();
  }

  private void judge(Execution state, Holdings holdings) {
    if (state.status().hasEnded()) {
      return;
    }
    boolean held = state.isSuspended();
    for (TaskRun run : state.runs()) {
      RunKey key = new RunKey(state.id(), run.id());
      held |= isHeld(key, holdings) || waitsForChild(run, holdings);
      String fault = Ownership.onNode(key, run, holdings.attempts.find(key));
      if (fault != null) {
        violations.add(fault);
      }
    }
    if (!held && !isTimed(state.id(), 0, holdings) && !holdings.outbox.containsValue(state.id())) {
      violations.add(Ownership.ownerless(state));
    }
  }

  private static boolean isHeld(RunKey run, Holdings holdings) {
    return holdings.attempts.find(run) != null
        || holdings.queue.find(run) != null
        || holdings.subscriptions.all().contains(run)
        || isTimed(run.execution(), run.run(), holdings);
  }

  private static boolean isTimed(String execution, long task, Holdings holdings) {
    for (TimerKey.Kind kind : TimerKey.Kind.values()) {
      if (holdings.timers.isArmed(new Timers.Timer(execution, new TimerKey(kind, task), 0))) {
        return true;
      }
    }
    return false;
  }

  private boolean waitsForChild(TaskRun run, Holdings holdings) {
    if (!(run.progress() instanceof Progress.Child child)) {
      return false;
    }
    if (!own.test(child.execution())) {
      return true; // What becomes of it is in another partition, which tells.
    }
    LiveExecution live = cache.get(child.execution());
    boolean open = live == null ? isOpen(child.execution()) : !live.state().status().hasEnded();
    return open || holdings.outbox.containsValue(child.execution());
  }

  private boolean isOpen(String execution) {
    byte @Nullable [] row = store.get(Table.EXECUTIONS, Keys.state(Keys.execution(execution)));
    return row != null && !RowCodec.status(RowCodec.state(row).getStatus()).hasEnded();
  }
}
