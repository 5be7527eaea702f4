package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.Transaction;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A change of rows that is no execution's. What it writes is set aside until it has run to its end,
 * so that it can refuse.
 */
final class TransactionWork<T> implements Work {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionWork.class);

  private final Starting starting;
  private final Transaction<T> transaction;
  private final CompletableFuture<T> future = new CompletableFuture<>();

  TransactionWork(Starting starting, Transaction<T> transaction) {
    this.starting = starting;
    this.transaction = transaction;
  }

  CompletableFuture<T> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    View view = new View(turn);
    T result;
    try {
      result = transaction.run(view);
      view.requireSize();
    } catch (Refusal refusal) {
      throw refusal;
    } catch (RuntimeException e) {
      LOG.error("A transaction failed; it changes nothing.", e);
      throw new Refusal(Refusal.Code.INTERNAL, "A change of rows failed: " + e);
    }
    view.keep();
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long index) {
                view.afterCommit.forEach(Runnable::run);
                future.complete(result);
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

  private record Audit(
      String principal, String operation, String object, String result, @Nullable String detail) {}

  private final class View implements TransactionView {
    private final Turn turn;
    private final List<Change> changes = new ArrayList<>();
    private final List<Audit> audits = new ArrayList<>();
    private final List<Start> starts = new ArrayList<>();
    private final List<Runnable> afterCommit = new ArrayList<>();

    View(Turn turn) {
      this.turn = turn;
    }

    @Override
    public Instant now() {
      return turn.now();
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
      Overlay.Found found = Overlay.find(changes, table, key);
      return found == Overlay.Found.UNTOUCHED ? turn.get(table, key) : found.value();
    }

    @Override
    public void write(Change change) {
      changes.add(change);
    }

    @Override
    public void audit(
        String principal, String operation, String object, String result, @Nullable String detail) {
      audits.add(new Audit(principal, operation, object, result, detail));
    }

    @Override
    public void start(Start request) {
      starts.add(request);
    }

    @Override
    public void afterCommit(Runnable action) {
      afterCommit.add(action);
    }

    private void requireSize() {
      long size = 0;
      for (Change change : changes) {
        size += change instanceof Change.Put put ? put.key().length + (long) put.value().length : 0;
      }
      if (size > turn.limits().decisionBytes()) {
        throw new Refusal(
            Refusal.Code.PAYLOAD_TOO_LARGE,
            "The change has "
                + size
                + " bytes; at most "
                + turn.limits().decisionBytes()
                + " are allowed.");
      }
    }

    private void keep() {
      changes.forEach(turn.draft()::add);
      audits.forEach(a ->
          turn.draft().audit(a.principal(), a.operation(), a.object(), a.result(), a.detail()));
      for (Start request : starts) {
        try {
          starting.start(turn, request, Fingerprint.of(request));
        } catch (Refusal | Poisoned alone) {
          turn.draft()
              .audit(
                  request.principal(),
                  "execution.start",
                  request.id(),
                  "refused",
                  alone.getMessage());
        }
      }
    }
  }
}
