package dev.capstan.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A history on its way, over broken connections too: each time it goes on behind the last entry
 * that came. Owns one virtual thread, on which the watcher is called.
 */
public final class ExecutionWatch implements AutoCloseable {
  private final Transport transport;
  private final String path;
  private final ExecutionWatcher watcher;
  private final CompletableFuture<Execution> end = new CompletableFuture<>();
  private final Thread thread;
  private @Nullable String lastId;
  private int failures;

  ExecutionWatch(Transport transport, String path, ExecutionWatcher watcher) {
    this.transport = transport;
    this.path = path;
    this.watcher = watcher;
    this.thread = Thread.ofVirtual().name("capstan-watch").unstarted(this::run);
  }

  ExecutionWatch start() {
    thread.start();
    return this;
  }

  /**
   * Completes with the execution when it has ended; fails with a {@link CapstanException} when the
   * watch can't go on.
   */
  public CompletableFuture<Execution> end() {
    return end;
  }

  /** Stops watching. The execution goes on. */
  @Override
  public void close() {
    end.cancel(false);
    thread.interrupt();
  }

  private void run() {
    try {
      while (!end.isDone()) {
        follow();
      }
    } catch (InterruptedException e) {
      end.cancel(false);
    } catch (RuntimeException e) {
      end.completeExceptionally(e);
    }
  }

  private void follow() throws InterruptedException {
    CapstanException broken;
    try (ServerSentEvents events = new ServerSentEvents(transport.stream(path, lastId))) {
      for (ServerSentEvents.Event event = events.next(); event != null; event = events.next()) {
        failures = 0;
        take(event);
        lastId = event.id();
        if (end.isDone()) {
          return;
        }
      }
      broken = interrupted("the server ended the stream", null);
    } catch (IOException e) {
      broken = interrupted("the connection broke", e);
    } catch (CapstanException e) {
      if (!e.problem().retryable()) {
        throw e;
      }
      broken = e;
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedException();
    }
    failures++;
    watcher.reconnecting(broken);
    transport.pause(failures, broken.problem());
  }

  private void take(ServerSentEvents.Event event) {
    JsonNode data = parse(event.data());
    switch (event.type()) {
      case "history" -> watcher.history(Transport.read(data, HistoryEvent.class));
      case "output" -> watcher.output(Transport.read(data, OutputPiece.class));
      case "progress" -> watcher.progress(Transport.read(data, TaskProgress.class));
      case "gap" -> watcher.outputLost(data.path("outputLost").asLong());
      case "end" -> end.complete(Transport.read(data, Execution.class));
      case "problem" -> throw CapstanException.of(Transport.read(data, Problem.class));
      default -> {
        // An event of a later version.
      }
    }
  }

  private static JsonNode parse(String data) {
    try {
      return Transport.JSON.readTree(data);
    } catch (JsonProcessingException e) {
      throw Transport.unreadable("an event of the stream is not JSON", e);
    }
  }

  private static CapstanException interrupted(String what, @Nullable Throwable cause) {
    return new CapstanException.Unavailable(
        Problem.local(Problem.UNREACHABLE, what, null, true, "no"), cause);
  }
}
