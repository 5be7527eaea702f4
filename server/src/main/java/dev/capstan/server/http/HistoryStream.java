package dev.capstan.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.OutputEntry;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.http.ExecutionForms.Execution;
import dev.capstan.server.http.ExecutionForms.HistoryEvent;
import dev.capstan.server.http.json.RecordWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A history as server-sent events, from an index on and for as long as the execution goes on.
 *
 * <p>What is stored is read at the client's pace; only then a watch is opened, whose thread puts
 * what is new into a bounded queue. When the queue is full because the client takes too little, the
 * watch is given up and the stream reads on from the store. So every entry is sent once and in
 * order however slow the client is; only pieces of live output, which nobody stores, are lost, and
 * {@code gap} says how many.
 *
 * <p>Runs on the request's virtual thread. An idle stream costs that thread's stack, parked, and an
 * empty queue.
 */
final class HistoryStream implements Answer.EventSource {
  private static final int PAGE = 1000;
  private static final int QUEUE = 512;

  private final Gateway gateway;
  private final Principal principal;
  private final String id;
  private final Duration heartbeat;
  private final OpenStreams streams;
  private long next;
  private long missedPieces;

  HistoryStream(
      Gateway gateway,
      Principal principal,
      String id,
      long from,
      Duration heartbeat,
      OpenStreams streams) {
    this.gateway = gateway;
    this.principal = principal;
    this.id = id;
    this.next = from;
    this.heartbeat = heartbeat;
    this.streams = streams;
  }

  @Override
  public void writeTo(EventWriter writer) throws IOException, InterruptedException {
    boolean goesOn = true;
    while (goesOn) {
      try {
        readStored(writer);
        goesOn = watch(writer);
      } catch (Refusal e) {
        problem(e, writer);
        goesOn = false;
      }
    }
  }

  /** Answers whether the stream goes on with what was stored meanwhile. */
  private boolean watch(EventWriter writer) throws IOException, InterruptedException {
    Mailbox mailbox = new Mailbox();
    try (OpenStreams.Registration _ = streams.add(mailbox::stop);
        Gateway.Watch _ = gateway.watch(principal, id, next, mailbox)) {
      return follow(mailbox, writer);
    }
  }

  private void readStored(EventWriter writer) throws IOException {
    Page<HistoryEntry> page;
    do {
      page = gateway.history(principal, id, next, PAGE);
      for (HistoryEntry entry : page.items()) {
        send(entry, writer);
      }
      writer.flush();
    } while (page.next() != null && !page.items().isEmpty());
    if (missedPieces > 0) {
      writer.event("gap", JsonNodeFactory.instance.objectNode().put("outputLost", missedPieces));
      writer.flush();
      missedPieces = 0;
    }
  }

  /** Sends what the watch brings. Answers whether the stream goes on with another watch. */
  private boolean follow(Mailbox mailbox, EventWriter writer)
      throws IOException, InterruptedException {
    while (true) {
      Item item = mailbox.queue.poll(heartbeat.toNanos(), TimeUnit.NANOSECONDS);
      if (mailbox.isBehind()) {
        missedPieces = mailbox.piecesMissed();
        return true;
      }
      switch (item) {
        case null -> writer.comment("still here");
        case Item.Entry entry -> send(entry.entry(), writer);
        case Item.Output output -> writer.event("output", RecordWriter.write(output.piece()));
        case Item.Progress progress -> writer.event("progress", RecordWriter.write(progress));
        case Item.Ended ended -> {
          writer.event("end", RecordWriter.write(Execution.of(ended.execution())));
          return false;
        }
        case Item.Failed(Refusal reason) when reason.code() == Refusal.Code.BUSY -> {
          return true; // the watch itself fell behind
        }
        case Item.Failed failed -> {
          problem(failed.reason(), writer);
          return false;
        }
        case Item.Stopped() -> {
          return false;
        }
      }
      if (mailbox.queue.isEmpty()) {
        writer.flush();
      }
    }
  }

  private void send(HistoryEntry entry, EventWriter writer) throws IOException {
    if (entry.index() >= next) {
      writer.event(entry.index(), "history", RecordWriter.write(HistoryEvent.of(entry)));
      next = entry.index() + 1;
    }
  }

  private static void problem(Refusal reason, EventWriter writer) throws IOException {
    writer.event("problem", RecordWriter.write(Problem.of(reason, "", "")));
  }

  /** What a watch brings. */
  private sealed interface Item {
    record Entry(HistoryEntry entry) implements Item {}

    record Output(OutputEntry piece) implements Item {}

    record Progress(long run, @Nullable Double fraction, String message) implements Item {}

    record Ended(ExecutionView execution) implements Item {}

    record Failed(Refusal reason) implements Item {}

    /** The server stops. */
    record Stopped() implements Item {}
  }

  /** Between the watch's thread, which must not wait, and the stream's, which may. */
  private static final class Mailbox implements Gateway.Watcher {
    private final LinkedBlockingQueue<Item> queue = new LinkedBlockingQueue<>(QUEUE);
    private boolean behind;
    private long piecesMissed;

    @Override
    public void entry(HistoryEntry entry) {
      put(new Item.Entry(entry));
    }

    @Override
    public void output(OutputEntry output) {
      put(new Item.Output(output));
    }

    @Override
    public void progress(long run, double fraction, String message) {
      put(new Item.Progress(run, fraction < 0 ? null : fraction, message));
    }

    @Override
    public void ended(ExecutionView execution) {
      put(new Item.Ended(execution));
    }

    @Override
    public void failed(Refusal reason) {
      put(new Item.Failed(reason));
    }

    void stop() {
      put(new Item.Stopped());
    }

    private synchronized void put(Item item) {
      if (behind || !queue.offer(item)) {
        behind = true;
        if (item instanceof Item.Output) {
          piecesMissed++;
        }
      }
    }

    synchronized boolean isBehind() {
      return behind;
    }

    /**
     * How many pieces of output will not be sent: those that found no room, and those that wait in
     * vain.
     */
    synchronized long piecesMissed() {
      return piecesMissed + queue.stream().filter(Item.Output.class::isInstance).count();
    }
  }
}
