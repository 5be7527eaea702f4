package dev.capstan.server.partition;

import dev.capstan.core.decision.Message;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.Table;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Delivers committed messages, again and again until it worked; only then their rows go. Owned by
 * the partition's thread, which hears of deliveries through the inbox.
 */
final class Outbox {
  private static final long FIRST_DELAY_NANOS = 50_000_000;
  private static final int LONGEST_SHIFT = 10;

  private final Router router;
  private final Router.Deliveries self;
  private final Counters counters;
  private final Consumer<Work> inbox;
  private final PriorityQueue<Retry> retries =
      new PriorityQueue<>(Comparator.comparingLong(Retry::atNanos));

  /**
   * What is not known to be delivered to executions that the senders have started, by those. One
   * after the other: a child that hears of its cancellation before its start would run for nobody.
   */
  private final Map<String, Deque<Letter>> lines = new HashMap<>();

  private record Letter(long number, Message message) {}

  private record Retry(long atNanos, long number, Message message, int failures) {}

  Outbox(Router router, Router.Deliveries self, Counters counters, Consumer<Work> inbox) {
    this.router = router;
    this.self = self;
    this.counters = counters;
    this.inbox = inbox;
  }

  /** Delivers a message whose row is durable; in the order of the calls to each child. */
  void deliver(long number, Message message) {
    String child = child(message);
    if (child != null) {
      Deque<Letter> line = lines.computeIfAbsent(child, _ -> new ArrayDeque<>());
      line.add(new Letter(number, message));
      if (line.size() > 1) {
        return;
      }
    }
    deliver(number, message, 0);
  }

  private static @Nullable String child(Message message) {
    return switch (message) {
      case Message.StartChild m -> m.execution();
      case Message.StartSuccessor m -> m.execution();
      case Message.CancelChild m -> m.execution();
      case Message.NotifyParent _, Message.Publish _ -> null;
    };
  }

  private void deliverNext(Message delivered) {
    String child = child(delivered);
    Deque<Letter> line = child == null ? null : lines.get(child);
    if (line == null) {
      return;
    }
    Letter _ = line.remove();
    Letter next = line.peek();
    if (next == null) {
      lines.remove(child);
    } else {
      deliver(next.number(), next.message(), 0);
    }
  }

  private void deliver(long number, Message message, int failures) {
    List<CompletableFuture<Void>> deliveries =
        router.targets(message, self).stream().map(target -> target.deliver(message)).toList();
    var _ =
        CompletableFuture.allOf(deliveries.toArray(CompletableFuture[]::new))
            .whenComplete((_, failure) ->
                inbox.accept(
                    failure == null
                        ? new Delivered(number, message)
                        : new Failed(number, message, failures)));
  }

  /** Tries again what failed and whose time has come. */
  void retry(long nowNanos) {
    while (!retries.isEmpty() && retries.peek().atNanos() <= nowNanos) {
      Retry retry = retries.remove();
      deliver(retry.number(), retry.message(), retry.failures());
    }
  }

  /** When the next try is due; {@link Long#MAX_VALUE} for never. */
  long nextNanos() {
    return retries.isEmpty() ? Long.MAX_VALUE : retries.peek().atNanos();
  }

  void clear() {
    retries.clear();
    lines.clear();
  }

  private final class Delivered implements Work {
    private final long number;
    private final Message message;

    Delivered(long number, Message message) {
      this.number = number;
      this.message = message;
    }

    @Override
    public boolean proceed(Turn turn) {
      if (turn.holdings().outbox.remove(number) != null) {
        turn.draft().delete(Table.OUTBOX, Keys.number(number));
        counters.outboxDelivered.increment();
        deliverNext(message);
      }
      return true;
    }

    /** The row stays, and the next leader delivers once more. */
    @Override
    public void refuse(Refusal reason) {}
  }

  private final class Failed implements Work {
    private final long number;
    private final Message message;
    private final int failures;

    Failed(long number, Message message, int failures) {
      this.number = number;
      this.message = message;
      this.failures = failures;
    }

    @Override
    public boolean proceed(Turn turn) {
      counters.outboxFailed.increment();
      if (turn.holdings().outbox.containsKey(number)) {
        long delay = FIRST_DELAY_NANOS << Math.min(failures, LONGEST_SHIFT);
        retries.add(new Retry(turn.nowNanos() + delay, number, message, failures + 1));
      }
      return true;
    }

    /** The row stays, and the next leader delivers once more. */
    @Override
    public void refuse(Refusal reason) {}
  }
}
