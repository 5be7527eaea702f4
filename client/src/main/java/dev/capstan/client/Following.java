package dev.capstan.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Follows a stream of server-sent events over broken connections: each time it says which event it
 * had last, if events have ids. Owns one virtual thread, on which all is taken.
 */
final class Following {
  private final Transport transport;
  private final String path;
  private final CompletableFuture<?> end;
  private final Taker taker;
  private final Thread thread;
  private @Nullable String lastId;
  private int failures;

  /** Takes what comes. */
  interface Taker {
    /** An event of a type that may be of a later version. */
    void take(String type, JsonNode data);

    /** A comment of the server. */
    default void comment(String text) {}

    /** The connection broke, and another one comes. */
    void reconnecting(CapstanException why);
  }

  /**
   * Nothing happens yet.
   *
   * @param end ends when it is to end; fails here when it can't go on
   */
  Following(Transport transport, String path, String name, CompletableFuture<?> end, Taker taker) {
    this.transport = transport;
    this.path = path;
    this.end = end;
    this.taker = taker;
    this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void stop() {
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
    try (ServerSentEvents events =
        new ServerSentEvents(transport.stream(path, lastId), this::comment)) {
      for (ServerSentEvents.Event event = events.next(); event != null; event = events.next()) {
        take(event);
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
    taker.reconnecting(broken);
    transport.pause(failures, broken.problem());
  }

  private void comment(String text) {
    failures = 0;
    taker.comment(text);
  }

  private void take(ServerSentEvents.Event event) {
    failures = 0;
    JsonNode data = parse(event.data());
    if (event.type().equals("problem")) {
      throw CapstanException.of(Transport.read(data, Problem.class));
    }
    taker.take(event.type(), data);
    lastId = event.id();
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
