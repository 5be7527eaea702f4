package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.ActiveTask;
import dev.capstan.api.storage.v1.OutboxMessage;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes the holdings from their rows when leading begins. No history is read for it, so it takes
 * time by what is held alone.
 */
final class Recovery {
  private static final byte[] FIRST = {};

  private final Store store;
  private final Holdings holdings;

  Recovery(Store store, Holdings holdings) {
    this.store = store;
    this.holdings = holdings;
  }

  /** Fills empty holdings; answers the messages of the outbox in order. */
  List<Draft.Outgoing> run() {
    tasks();
    timers();
    subscriptions();
    return outbox();
  }

  private void tasks() {
    List<TaskQueue.Stored> waiting = new ArrayList<>();
    List<Attempts.Attempt> running = new ArrayList<>();
    try (Rows rows = scan(Table.TASKS)) {
      while (rows.next()) {
        ActiveTask task = RowCodec.task(rows.value());
        RunKey run = new RunKey(Keys.executionIn(rows.key(), 0), Keys.lastNumber(rows.key()));
        if (task.hasNode()) {
          running.add(RowCodec.attempt(run, task));
        } else {
          waiting.add(RowCodec.waiting(run, task));
        }
      }
    }
    running.sort(Comparator.comparingLong(Recovery::coming));
    running.forEach(holdings.attempts::add);
    holdings.queue.restore(waiting);
  }

  /** The order in which attempts went to nodes, nearly: where the last one went is remembered. */
  private static long coming(Attempts.Attempt attempt) {
    Age age = attempt.age();
    return age == null ? 0 : age.number();
  }

  private void timers() {
    try (Rows rows = scan(Table.TIMERS)) {
      while (rows.next()) {
        byte[] key = rows.key();
        holdings.timers.arm(
            new Timers.Timer(
                Keys.executionIn(key, Long.BYTES), Keys.timerKey(key), Keys.dueMillis(key)));
      }
    }
  }

  private void subscriptions() {
    try (Rows rows = scan(Table.SUBSCRIPTIONS)) {
      while (rows.next()) {
        RunKey run = new RunKey(Keys.executionIn(rows.key(), 0), Keys.lastNumber(rows.key()));
        holdings.subscriptions.add(
            run, List.copyOf(RowCodec.subscription(rows.value()).getTypesList()));
      }
    }
  }

  private List<Draft.Outgoing> outbox() {
    List<Draft.Outgoing> messages = new ArrayList<>();
    try (Rows rows = scan(Table.OUTBOX)) {
      while (rows.next()) {
        OutboxMessage stored = MessageCodec.parse(rows.value());
        long number = Keys.lastNumber(rows.key());
        holdings.outbox.put(number, stored.getSender());
        messages.add(new Draft.Outgoing(number, MessageCodec.decode(stored)));
      }
    }
    return messages;
  }

  private Rows scan(Table table) {
    return store.scan(table, FIRST, null, Direction.FORWARD);
  }
}
