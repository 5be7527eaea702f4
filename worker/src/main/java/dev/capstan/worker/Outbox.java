package dev.capstan.worker;

import dev.capstan.api.v1.Confirmations;
import dev.capstan.api.v1.Delivery;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Reports;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.executor.Token;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything a session sends, written by one thread at a time and without a thread of its own.
 *
 * <p>Any thread puts things in; the first one that finds nobody writing becomes the writer and goes
 * on until nothing is left ({@link #flush()}). So a single report is on the wire at once, and what
 * others put in meanwhile, or while the stream was not ready, travels together in one message.
 *
 * <p>Reports outlive the stream they were meant for. Those that no stream took wait here for the
 * next session; those that were given to a stream which broke soon after are sent again, since
 * nobody knows whether they arrived: the coordinator refuses what it already has, by token. What
 * people watch (output, progress) is bounded and may be lost.
 *
 * <p>Fields without a concurrent type belong to the writer.
 */
final class Outbox {

  /**
   * A message of reports is closed when it has this many bytes. One larger report travels alone.
   */
  static final int MAX_MESSAGE_BYTES = 256 * 1024;

  /**
   * No more dispatches are read from the coordinator while more bytes of reports than this wait for
   * the stream.
   */
  private static final long MAX_BACKLOG_BYTES = 8L << 20;

  private static final long MAX_CHUNK_BYTES = 512 * 1024;

  private final Queue<List<Report>> fresh = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final Queue<OutputChunk> chunks = new ConcurrentLinkedQueue<>();
  private final Map<Token, Progress> progress = new LinkedHashMap<>();
  private final AtomicLong chunkBytes = new AtomicLong();
  private final AtomicLong backlogBytes = new AtomicLong();
  private final AtomicInteger backlog = new AtomicInteger();
  private final AtomicInteger turns = new AtomicInteger();

  private final Deliveries deliveries = new Deliveries();
  private final ArrayDeque<Report> waiting = new ArrayDeque<>();
  private final SentReports sent;
  private final Runnable reported;
  private @Nullable Link link;
  private @Nullable Link completing;

  /**
   * @param reported runs when no report waits any more
   */
  Outbox(LongSupplier clock, Runnable reported) {
    this.sent = new SentReports(clock);
    this.reported = reported;
  }

  /** Takes results that go out together in one message, as far as its size allows. */
  void submit(List<Report> reports) {
    long bytes = 0;
    for (Report report : reports) {
      bytes += report.getSerializedSize();
    }
    backlogBytes.addAndGet(bytes);
    backlog.addAndGet(reports.size());
    fresh.add(reports);
    flush();
  }

  /** Takes output to show; false when too much of it waits already. */
  boolean offer(OutputChunk chunk) {
    int size = chunk.getData().size();
    if (chunkBytes.get() + size > MAX_CHUNK_BYTES) {
      return false;
    }
    chunkBytes.addAndGet(size);
    chunks.add(chunk);
    flush();
    return true;
  }

  /** Takes a message of a subscription, which goes to whoever leads until it is confirmed. */
  void deliver(Token token, Delivery delivery, Runnable confirmed) {
    deliveries.add(token, delivery, confirmed);
    flush();
  }

  Deliveries deliveries() {
    return deliveries;
  }

  /** The leader has messages, or wants them again. */
  void confirmed(Confirmations confirmations) {
    confirmations.getConfirmationsList().forEach(deliveries::confirmed);
    flush();
  }

  /** Takes progress; older progress of the same attempt that was not sent yet is forgotten. */
  void progress(Token token, Progress message) {
    synchronized (progress) {
      progress.put(token, message);
    }
    flush();
  }

  /**
   * Sends a message of the session's own, if there is a stream then. {@link #flush} must follow, as
   * after {@link #welcome}.
   */
  void say(WorkerMessage message) {
    commands.add(() -> {
      if (link != null) {
        link.send(message);
      }
    });
  }

  /**
   * Says hello over a stream, with a list of what the node still holds: the attempts that run, and
   * those whose results may not have arrived.
   */
  void greet(Link stream, Collection<Token> running, Function<Collection<Token>, Hello> hello) {
    commands.add(() -> {
      if (stream.isOver()) {
        return;
      }
      takeFresh();
      Set<Token> holding = new LinkedHashSet<>(running);
      waiting.forEach(report -> holding.add(Wire.token(report.getToken())));
      holding.addAll(sent.tokens());
      stream.listed(holding);
      stream.send(WorkerMessage.newBuilder().setHello(hello.apply(holding)).build());
    });
    flush();
  }

  /**
   * Everything goes to this stream from now on, but for reports that its coordinator does not want.
   * {@link #flush} must follow, as after {@link #detach}: apart, so that the order of the two can
   * be settled under a lock that is not held while anything is written.
   */
  void welcome(Link stream, Collection<Token> released, long rememberNanos) {
    commands.add(() -> {
      if (stream.isOver()) {
        return;
      }
      if (link != stream) {
        abandon();
      }
      completing = null;
      takeFresh();
      waiting.removeIf(
          report -> released.contains(Wire.token(report.getToken())) && forget(report));
      sent.rememberFor(rememberNanos);
      link = stream;
    });
  }

  /** The stream is gone, or nobody who leads is at its end. */
  void detach(Link stream) {
    commands.add(() -> {
      if (link == stream) {
        abandon();
      } else if (completing == stream) {
        completing = null;
        if (stream.completed()) {
          sent.clear();
        } else {
          sendAgain();
        }
      }
    });
  }

  /**
   * Says that nothing more will come, after all that was put in before. What was sent is settled
   * when the coordinator ends the stream, too; if it breaks, it is sent again.
   */
  void complete(Link stream) {
    commands.add(() -> {
      if (link == stream) {
        takeFresh();
        sendReports(stream, true);
        link = null;
        completing = stream;
        stream.complete();
      }
    });
    flush();
  }

  /** Whether the coordinator may send more work. */
  boolean accepting() {
    return backlogBytes.get() <= MAX_BACKLOG_BYTES;
  }

  /** How many reports wait for a stream to take them. */
  int backlog() {
    return backlog.get();
  }

  /** Writes what can be written, or leaves it to the thread that is writing now. */
  void flush() {
    if (turns.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      turn();
      seen = turns.addAndGet(-seen);
    } while (seen != 0);
  }

  private void turn() {
    for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
      command.run();
    }
    Link stream = link;
    if (stream == null) {
      return;
    }
    // Reports are taken before the output is sent, and wait until all of it is: what an attempt
    // showed before it ended arrives before its report.
    takeFresh();
    if (sendShown(stream)) {
      sendReports(stream, false);
    }
    if (stream.ready()) {
      deliveries
          .unsent()
          .forEach(
              delivery -> stream.send(WorkerMessage.newBuilder().setDelivery(delivery).build()));
    }
    if (accepting()) {
      stream.resume();
    }
  }

  private void takeFresh() {
    for (List<Report> reports = fresh.poll(); reports != null; reports = fresh.poll()) {
      waiting.addAll(reports);
    }
  }

  /**
   * @return false if some is left, since the stream was not ready; it may be so at any moment
   */
  private boolean sendShown(Link stream) {
    for (OutputChunk chunk = chunks.peek(); chunk != null; chunk = chunks.peek()) {
      if (!stream.ready()) {
        return false;
      }
      chunks.remove();
      chunkBytes.addAndGet(-chunk.getData().size());
      stream.send(WorkerMessage.newBuilder().setOutput(chunk).build());
    }
    List<Progress> news;
    synchronized (progress) {
      if (progress.isEmpty()) {
        return true;
      }
      if (!stream.ready()) {
        return false;
      }
      news = List.copyOf(progress.values());
      progress.clear();
    }
    news.forEach(message -> stream.send(WorkerMessage.newBuilder().setProgress(message).build()));
    return true;
  }

  private void sendReports(Link stream, boolean evenIfNotReady) {
    while (!waiting.isEmpty() && (evenIfNotReady || stream.ready())) {
      Reports.Builder message = Reports.newBuilder();
      long bytes = 0;
      for (Report next = waiting.peek(); next != null; next = waiting.peek()) {
        bytes += next.getSerializedSize();
        if (bytes > MAX_MESSAGE_BYTES && message.getReportsCount() > 0) {
          break;
        }
        message.addReports(waiting.remove());
        forget(next);
      }
      Reports reports = message.build();
      sent.add(reports);
      stream.send(WorkerMessage.newBuilder().setReports(reports).build());
    }
  }

  private boolean forget(Report report) {
    boolean last = backlog.decrementAndGet() == 0;
    backlogBytes.addAndGet(-report.getSerializedSize());
    if (last) {
      reported.run();
    }
    return true;
  }

  private void abandon() {
    Link last = link;
    if (last != null) {
      last.resume();
    }
    link = null;
    deliveries.again();
    sendAgain();
    chunks.clear();
    chunkBytes.set(0);
  }

  private void sendAgain() {
    for (Report report : sent.takeNewestFirst()) {
      waiting.addFirst(report);
      backlog.incrementAndGet();
      backlogBytes.addAndGet(report.getSerializedSize());
    }
  }
}
