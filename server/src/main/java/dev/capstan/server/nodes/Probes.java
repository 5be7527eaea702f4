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
 * any longer than one that is silent. Any sign that it hears counts, also an answer to an earlier
 * question: one that is out of breath is late with each, and hears. Safe for any thread.
 */
final class Probes {
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Asked> open = new ConcurrentHashMap<>();

  /** Whether it has ever answered; one that has not may be of a version that does not. */
  private boolean answers;

  /** Whether there was no sign of it since something was asked. */
  private boolean awaited;

  /** Until that is known to have gone out: when it was asked. Then: since when it is awaited. */
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
    if (!awaited) {
      awaited = true;
      sinceNanos = now;
      gone = false;
    }
    return asking(numbers.incrementAndGet());
  }

  /** The worker has answered, which counts as a sign of it, and for whoever asked. */
  void answered(long number, long now) {
    if (number == 0) {
      return;
    }
    synchronized (this) {
      answers = true;
      awaited = false;
    }
    Asked asked = open.get(number);
    if (asked != null) {
      asked.round().complete(now - asked.nanos());
    }
  }

  /** The worker has read so many dispatches in all: more than before are a sign of it. */
  synchronized void read(long count) {
    if (count > read) {
      read = count;
      awaited = false;
    }
  }

  /** Whatever was asked counts as asked now. */
  synchronized void forgive(long now) {
    sinceNanos = now;
  }

  /**
   * For how long there was no sign that the worker hears, as far as that is its fault. Its time
   * begins when what was asked has surely gone out, which takes long where this process is out of
   * breath.
   *
   * @param until all that had been said by then has gone out, and all that had arrived was handled
   * @return nothing or less where none is awaited
   */
  synchronized long deafNanos(long until, long now) {
    if (!awaited || !answers) {
      return 0;
    }
    if (!gone && until - sinceNanos >= 0) {
      gone = true;
      sinceNanos = now;
    }
    return gone ? until - sinceNanos : 0;
  }
}
