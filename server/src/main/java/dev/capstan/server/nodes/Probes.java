package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.KeepAlive;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Questions to one worker whether it is there. Safe for any thread. */
final class Probes {
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Asked> open = new ConcurrentHashMap<>();

  private record Asked(long nanos, CompletableFuture<Long> round) {}

  /**
   * What to send, and what completes with the nanoseconds that the answer took. Whoever gives up
   * cancels it.
   */
  record Question(CoordinatorMessage message, CompletableFuture<Long> round) {}

  Question ask(long now) {
    long number = numbers.incrementAndGet();
    CompletableFuture<Long> round = new CompletableFuture<>();
    open.put(number, new Asked(now, round));
    var _ = round.whenComplete((_, _) -> open.remove(number));
    return new Question(
        CoordinatorMessage.newBuilder()
            .setKeepAlive(KeepAlive.newBuilder().setProbe(number))
            .build(),
        round);
  }

  /** The worker has answered; one that nobody asked counts for nothing. */
  void answered(long number, long now) {
    Asked asked = open.get(number);
    if (asked != null) {
      asked.round().complete(now - asked.nanos());
    }
  }
}
