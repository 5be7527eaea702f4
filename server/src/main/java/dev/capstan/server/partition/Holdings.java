package dev.capstan.server.partition;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What executions have outside themselves: armed timers, tasks that wait for a node, attempts on
 * nodes, subscriptions, messages to be delivered. It runs ahead of the rows by the batches in
 * flight, and is made from the rows when leading begins. Owned by the partition's thread.
 */
final class Holdings {
  final Timers timers = new Timers();
  final Attempts attempts = new Attempts();
  final Returning returning = new Returning();
  final TaskQueue queue = new TaskQueue(attempts);
  final Subscriptions subscriptions = new Subscriptions();

  /** Senders of messages that are not known to be delivered, by the number of the message. */
  final Map<Long, String> outbox = new LinkedHashMap<>();

  void clear() {
    timers.clear();
    queue.clear();
    attempts.clear();
    returning.clear();
    subscriptions.clear();
    outbox.clear();
  }
}
