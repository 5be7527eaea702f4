package dev.capstan.server.nodes;

import dev.capstan.api.v1.Cancels;
import dev.capstan.api.v1.Confirmation;
import dev.capstan.api.v1.Confirmations;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Dispatches;
import dev.capstan.api.v1.Token;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What goes out to one worker. Any thread may add; whoever comes first writes for all, so that the
 * stream has one writer at a time and nobody waits for it. Everything that has come up while the
 * stream was busy or the worker slow goes out together: dispatches before cancels, since a cancel
 * always follows its dispatch.
 *
 * <p>Bounded: beyond its limit of bytes it takes nothing more and says so, and the session ends.
 */
final class Outbox {
  /**
   * One message stays below what a receiver takes by default (4 MiB), unless a single dispatch is
   * larger.
   */
  private static final int MESSAGE_BYTES = 1 << 20;

  private final ServerCallStreamObserver<CoordinatorMessage> stream;
  private final long limitBytes;
  private final Runnable emptied;
  private final AtomicInteger work = new AtomicInteger();

  private final Queue<CoordinatorMessage> single = new ArrayDeque<>();
  private final Queue<Dispatch> dispatches = new ArrayDeque<>();
  private final Queue<Token> cancels = new ArrayDeque<>();
  private final Map<Token, Long> confirmed = new LinkedHashMap<>();
  private long queuedBytes;
  private @Nullable CoordinatorMessage keepAlive;
  private boolean closing;
  private @Nullable CoordinatorMessage last;
  private boolean closed;
  private volatile long wroteNanos;

  /**
   * @param emptied runs when everything that waited for a slow worker has gone out
   */
  Outbox(ServerCallStreamObserver<CoordinatorMessage> stream, long limitBytes, Runnable emptied) {
    this.stream = stream;
    this.limitBytes = limitBytes;
    this.emptied = emptied;
  }

  /**
   * Adds a message that comes before everything else; {@link #flush} must follow. Apart, so that
   * the order of messages can be settled under a lock that is not held while they are written.
   */
  synchronized void add(CoordinatorMessage message) {
    if (!closing) {
      single.add(message);
    }
  }

  /** Adds attempts; false when there is no room for them, and then nothing was added. */
  boolean dispatch(List<Dispatch> more) {
    synchronized (this) {
      long bytes = 0;
      for (Dispatch dispatch : more) {
        bytes += dispatch.getSerializedSize();
      }
      if (queuedBytes > 0 && queuedBytes + bytes > limitBytes) {
        return false;
      }
      if (closing) {
        return true;
      }
      queuedBytes += bytes;
      dispatches.addAll(more);
    }
    flush();
    return true;
  }

  /** Adds how many messages of an attempt are safe; the last word of it counts. */
  void confirm(Token token, long number) {
    synchronized (this) {
      if (closing) {
        return;
      }
      confirmed.put(token, number);
    }
    flush();
  }

  /** Adds a wish to stop an attempt. */
  void cancel(Token token) {
    synchronized (this) {
      if (closing) {
        return;
      }
      cancels.add(token);
    }
    flush();
  }

  /**
   * Forgets attempts and cancellations that wait: they are no longer ours to send.
   *
   * @return how many attempts
   */
  synchronized int drop() {
    int dropped = dispatches.size();
    dispatches.clear();
    confirmed.clear();
    cancels.clear();
    queuedBytes = 0;
    return dropped;
  }

  /**
   * Says something if nothing was said for {@code intervalNanos}.
   *
   * @param what is asked for where something is said
   */
  void keepAlive(long now, long intervalNanos, Supplier<CoordinatorMessage> what) {
    synchronized (this) {
      if (closing || now - wroteNanos < intervalNanos) {
        return;
      }
      keepAlive = what.get();
      wroteNanos = now;
    }
    flush();
  }

  /** Bytes that wait for the worker to read. */
  synchronized long backlogBytes() {
    return queuedBytes;
  }

  /** Ends the stream after one more message, however slow the worker is; what waited is dropped. */
  void close(@Nullable CoordinatorMessage farewell) {
    synchronized (this) {
      if (closing) {
        return;
      }
      closing = true;
      last = farewell;
      dispatches.clear();
      confirmed.clear();
      cancels.clear();
      single.clear();
      queuedBytes = 0;
    }
    flush();
  }

  /** Writes what there is and what the stream takes. */
  void flush() {
    if (work.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      drain();
      missed = work.addAndGet(-missed);
    } while (missed != 0);
  }

  private void drain() {
    boolean wrote = false;
    try {
      for (CoordinatorMessage message = next(stream.isReady());
          message != null;
          message = next(stream.isReady())) {
        stream.onNext(message);
        wrote = true;
      }
      if (ends()) {
        stream.onCompleted();
      }
    } catch (IllegalStateException | io.grpc.StatusRuntimeException gone) {
      // The stream broke under the write; its end is told to the session apart.
      close(null);
    }
    if (wrote && backlogBytes() == 0) {
      emptied.run();
    }
  }

  private synchronized @Nullable CoordinatorMessage next(boolean ready) {
    if (closed) {
      return null;
    }
    if (closing) {
      CoordinatorMessage farewell = last;
      last = null;
      return farewell;
    }
    if (!ready) {
      return null;
    }
    CoordinatorMessage message = single.poll();
    if (message != null) {
      return message;
    }
    if (!dispatches.isEmpty()) {
      return nextDispatches();
    }
    if (!confirmed.isEmpty()) {
      return nextConfirmations();
    }
    if (!cancels.isEmpty()) {
      Cancels all = Cancels.newBuilder().addAllTokens(cancels).build();
      cancels.clear();
      return CoordinatorMessage.newBuilder().setCancels(all).build();
    }
    CoordinatorMessage due = keepAlive;
    keepAlive = null;
    return due;
  }

  /** Before cancels: what is safe can still be acknowledged where it came from. */
  private CoordinatorMessage nextConfirmations() {
    Confirmations.Builder all = Confirmations.newBuilder();
    confirmed.forEach((token, number) ->
        all.addConfirmations(Confirmation.newBuilder().setToken(token).setNumber(number)));
    confirmed.clear();
    return CoordinatorMessage.newBuilder().setConfirmations(all).build();
  }

  private CoordinatorMessage nextDispatches() {
    Dispatches.Builder batch = Dispatches.newBuilder();
    long bytes = 0;
    for (Dispatch dispatch = dispatches.peek(); dispatch != null; dispatch = dispatches.peek()) {
      int size = dispatch.getSerializedSize();
      if (bytes > 0 && bytes + size > MESSAGE_BYTES) {
        break;
      }
      batch.addDispatches(dispatch);
      dispatches.remove();
      bytes += size;
    }
    queuedBytes -= bytes;
    return CoordinatorMessage.newBuilder().setDispatches(batch).build();
  }

  private synchronized boolean ends() {
    boolean ends = closing && !closed;
    closed |= closing;
    return ends;
  }
}
