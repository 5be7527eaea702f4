package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction sees and changes in a turn. Its changes are set aside until {@link #keep}, so
 * that it can refuse halfway. Owned by the partition's thread.
 */
final class TurnView implements TransactionView {
  private final Turn turn;
  private final Starting starting;
  private final Overlay changes = new Overlay();
  private final List<Audit> audits = new ArrayList<>();
  private final List<Start> starts = new ArrayList<>();
  private final List<Runnable> afterCommit = new ArrayList<>();

  TurnView(Turn turn, Starting starting) {
    this.turn = turn;
    this.starting = starting;
  }

  private record Audit(
      String principal, String operation, String object, String result, @Nullable String detail) {}

  @Override
  public Instant now() {
    return turn.now();
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    Overlay.Found found = changes.find(table, key);
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

  /**
   * @throws Refusal if the changes are more than one decision may write
   */
  void requireSize() {
    long size = 0;
    for (Change change : changes.changes()) {
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

  /** Puts everything into the batch; answers the ids of the executions that it started. */
  List<String> keep() {
    changes.changes().forEach(turn.draft()::add);
    audits.forEach(
        a -> turn.draft().audit(a.principal(), a.operation(), a.object(), a.result(), a.detail()));
    List<String> started = new ArrayList<>();
    for (Start request : starts) {
      String id = starting.tryStart(turn, request);
      if (id != null) {
        started.add(id);
      }
    }
    return started;
  }

  /** To be called once the batch is durable and applied. */
  void committed() {
    afterCommit.forEach(Runnable::run);
  }
}
