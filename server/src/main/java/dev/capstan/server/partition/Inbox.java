package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Work from other threads. Requests of clients are bounded by number and size, and refused beyond;
 * what the engine itself has to do, such as reports of attempts, is bounded by what is running and
 * always admitted. Many threads add, one takes.
 */
final class Inbox {
  private static final Duration RETRY = Duration.ofMillis(200);

  private final int requestLimit;
  private final long byteLimit;
  private final Queue<Work> requests = new ConcurrentLinkedQueue<>();
  private final Queue<Work> own = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  Inbox(int requestLimit, long byteLimit) {
    this.requestLimit = requestLimit;
    this.byteLimit = byteLimit;
  }

  /** Adds a request of a client; false if the inbox is full. */
  boolean offer(Work request) {
    long size = request.bytes();
    if (count.incrementAndGet() > requestLimit) {
      count.decrementAndGet();
      return false;
    }
    if (bytes.addAndGet(size) > byteLimit) {
      bytes.addAndGet(-size);
      count.decrementAndGet();
      return false;
    }
    requests.add(request);
    return true;
  }

  /** Adds something of the engine's own. */
  void add(Work work) {
    own.add(work);
  }

  /** Adds something of the engine's own behind all requests that are here. */
  void addBehind(Work work) {
    count.incrementAndGet();
    bytes.addAndGet(work.bytes());
    requests.add(work);
  }

  /** The next work, the engine's own first; null if there is none. */
  @Nullable Work poll() {
    Work work = own.poll();
    if (work != null) {
      return work;
    }
    Work request = requests.poll();
    if (request != null) {
      count.decrementAndGet();
      bytes.addAndGet(-request.bytes());
    }
    return request;
  }

  /**
   * Refuses all work that is here. By whoever takes, or by any thread when nobody takes any more.
   *
   * @return whether there was some
   */
  boolean refuseAll(Refusal reason) {
    boolean refused = false;
    for (Work work = poll(); work != null; work = poll()) {
      work.refuse(reason);
      refused = true;
    }
    return refused;
  }

  boolean isEmpty() {
    return own.isEmpty() && requests.isEmpty();
  }

  /** Requests of clients in it. */
  int size() {
    return count.get();
  }

  Refusal full() {
    return new Refusal(
        Refusal.Code.BUSY,
        "Too many requests wait: " + count.get() + " of at most " + requestLimit + ".",
        "Try again a little later, or start less at a time.",
        RETRY,
        java.util.List.of());
  }
}
