package dev.capstan.worker;

import dev.capstan.worker.executor.Token;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Hands the messages of one attempt to whoever leads, one after the other. */
final class Handover {

  /** A message that nobody has confirmed for so long is said again: it may have been refused. */
  private static final long AGAIN_SECONDS = 10;

  private final Token token;
  private final Outbox outbox;
  private long number;
  private boolean ended;
  private @Nullable CompletableFuture<Boolean> waiting;

  Handover(Token token, Outbox outbox) {
    this.token = token;
    this.outbox = outbox;
  }

  /** Whether the message is safe or not wanted; false when the attempt has ended before that. */
  boolean handOver(byte[] message) throws InterruptedException {
    CompletableFuture<Boolean> safe = new CompletableFuture<>();
    long next;
    synchronized (this) {
      if (ended) {
        return false;
      }
      waiting = safe;
      next = ++number;
    }
    outbox.deliver(token, Wire.delivery(token, next, message), () -> safe.complete(true));
    try {
      return await(safe);
    } finally {
      outbox.deliveries().remove(token);
    }
  }

  private boolean await(CompletableFuture<Boolean> safe) throws InterruptedException {
    while (true) {
      try {
        return safe.get(AGAIN_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        outbox.deliveries().again(token);
        outbox.flush();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Nobody wants messages of the attempt any more. */
  synchronized void end() {
    ended = true;
    if (waiting != null) {
      waiting.complete(false);
    }
  }
}
