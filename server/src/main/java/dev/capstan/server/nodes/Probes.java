package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.KeepAlive;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Questions to one worker whether it is there. Each keep-alive asks as well: a worker that can be
 * heard and hears nothing gives up what it has when its lease is over, so it must not be waited for
 * any longer than one that is silent. Safe for any thread.
 */
final class Probes {
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Asked> open = new ConcurrentHashMap<>();

  /** The number of the question of the keep-alives until it is answered; 0 when it has been. */
  private long awaited;

  /** Until it is known to have gone out: when it was asked for. Then: since when it is awaited. */
  private long sinceNanos;

  private boolean gone;
  private long read;

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
    return new Question(asking(number), round);
  }

  private static CoordinatorMessage asking(long number) {
    return CoordinatorMessage.newBuilder()
        .setKeepAlive(KeepAlive.newBuilder().setProbe(number))
        .build();
  }

  /** A keep-alive that goes out now, or takes the place of one that has not. */
  synchronized CoordinatorMessage keepAlive(long now) {
    if (awaited == 0) {
      awaited = numbers.incrementAndGet();
      sinceNanos = now;
      gone = false;
    }
    return asking(awaited);
  }

  /** The worker has answered; one that nobody asked counts for nothing. */
  void answered(long number, long now) {
    synchronized (this) {
      if (number == awaited) {
        awaited = 0;
      }
    }
    Asked asked = open.get(number);
    if (asked != null) {
      asked.round().complete(now - asked.nanos());
    }
  }

  /**
   * The worker has read so many dispatches in all: where there are more than before, it hears, and
   * has had no time to come to the question.
   */
  synchronized void read(long count, long now) {
    if (count > read) {
      read = count;
      sinceNanos = now;
    }
  }

  /** Whatever was asked counts as asked now. */
  synchronized void forgive(long now) {
    sinceNanos = now;
  }

  /**
   * For how long the worker has not answered, as far as that is its fault. Its time begins when
   * what was said here has surely gone out, which takes long where this process is out of breath.
   *
   * @param until all that had been said by then has gone out, and all that had arrived was handled
   * @return nothing or less where no answer is awaited
   */
  synchronized long unansweredNanos(long until, long now) {
    if (awaited == 0) {
      return 0;
    }
    if (!gone && until - sinceNanos >= 0) {
      gone = true;
      sinceNanos = now;
    }
    return gone ? until - sinceNanos : 0;
  }
}
