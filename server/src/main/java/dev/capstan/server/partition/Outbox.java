package dev.capstan.server.partition;

import dev.capstan.core.decision.Message;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.Table;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

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

  private record Retry(long atNanos, long number, Message message, int failures) {}

  Outbox(Router router, Router.Deliveries self, Counters counters, Consumer<Work> inbox) {
    this.router = router;
    this.self = self;
    this.counters = counters;
    this.inbox = inbox;
  }

  /** Delivers a message whose row is durable. */
  void deliver(long number, Message message) {
    deliver(number, message, 0);
  }

  private void deliver(long number, Message message, int failures) {
    List<CompletableFuture<Void>> deliveries =
        router.targets(message, self).stream().map(target -> target.deliver(message)).toList();
    var _ =
        CompletableFuture.allOf(deliveries.toArray(CompletableFuture[]::new))
            .whenComplete((_, failure) ->
                inbox.accept(
                    failure == null
                        ? new Delivered(number)
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
  }

  private final class Delivered implements Work {
    private final long number;

    Delivered(long number) {
      this.number = number;
    }

    @Override
    public boolean proceed(Turn turn) {
      if (turn.holdings().outbox.remove(number) != null) {
        turn.draft().delete(Table.OUTBOX, Keys.number(number));
        counters.outboxDelivered.increment();
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
