package dev.capstan.worker.asyncapi;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The moment up to which something may take. Any thread may ask. */
public final class Deadline {

  /** Longer waits are as good as endless, and this many nanoseconds can be added to any clock. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final Duration limit;
  private final long end;

  private Deadline(Duration limit) {
    this.limit = limit;
    this.end = System.nanoTime() + limit.toNanos();
  }

  /** So long from now. */
  public static Deadline after(Duration limit) {
    return new Deadline(limit.compareTo(LONGEST) > 0 ? LONGEST : limit);
  }

  /** What is left; nothing when it is over. */
  public Duration left() {
    long nanos = end - System.nanoTime();
    return nanos > 0 ? Duration.ofNanos(nanos) : Duration.ZERO;
  }

  /** What is left in milliseconds, as libraries take it: at least one, and an {@code int}. */
  public int millis() {
    return Math.clamp(left().toMillis(), 1, Integer.MAX_VALUE);
  }

  /** Whether the moment has come. */
  public boolean over() {
    return left().isZero();
  }

  /**
   * Waits for a future, which is cancelled when it does not come in time, or the thread is
   * interrupted.
   *
   * @param doing what is waited for, such as {@code The broker has not answered}
   */
  public <T extends @Nullable Object> T await(Future<T> future, String doing)
      throws IOException, InterruptedException, ExecutionException {
    boolean done = false;
    try {
      T result = future.get(left().toNanos(), TimeUnit.NANOSECONDS);
      done = true;
      return result;
    } catch (ExecutionException e) {
      done = true;
      throw e;
    } catch (TimeoutException e) {
      throw over(doing);
    } finally {
      if (!done) {
        future.cancel(true);
      }
    }
  }

  /** The error that tells so. */
  public IOException over(String doing) {
    return new SocketTimeoutException(doing + " within " + limit + ".");
  }
}
