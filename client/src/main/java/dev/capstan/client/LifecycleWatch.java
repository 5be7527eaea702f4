package dev.capstan.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Life-cycle events of all executions as they happen, over broken connections too; but a stream
 * begins with the present, so what happens between two of them is only in the histories. Owns one
 * virtual thread, on which the watcher is called.
 */
public final class LifecycleWatch implements AutoCloseable {
  /** The comment with which a server begins, once it takes note of everything. */
  private static final String BEGINNING = "nothing is missed from here on";

  private final Transport transport;
  private final String path;
  private final LifecycleWatcher watcher;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private final Thread thread;
  private int failures;

  private LifecycleWatch(Transport transport, String path, LifecycleWatcher watcher) {
    this.transport = transport;
    this.path = path;
    this.watcher = watcher;
    this.thread = Thread.ofVirtual().name("capstan-lifecycle").unstarted(this::run);
  }

  /** Follows from now on, until it is closed. */
  public static LifecycleWatch open(
      CapstanClient client, LifecycleFilter filter, LifecycleWatcher watcher) {
    String path =
        "/v1/events"
            + new QueryString()
                .with("namespace", filter.namespace())
                .with("workflow", filter.workflow())
                .with("statusChanged", filter.statusChanged() ? true : null);
    LifecycleWatch watch = new LifecycleWatch(client.transport, path, watcher);
    watch.thread.start();
    return watch;
  }

  /** Fails with a {@link CapstanException} when it can't go on; else ends when it is closed. */
  public CompletableFuture<Void> end() {
    return end;
  }

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
    try (ServerSentEvents events =
        new ServerSentEvents(transport.stream(path, null), this::comment)) {
      for (ServerSentEvents.Event event = events.next(); event != null; event = events.next()) {
        take(event);
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

  private void comment(String text) {
    failures = 0;
    if (text.equals(BEGINNING)) {
      watcher.following();
    }
  }

  private void take(ServerSentEvents.Event event) {
    try {
      switch (event.type()) {
        case "lifecycle" -> watcher.event(Transport.JSON.readTree(event.data()));
        case "problem" ->
            throw CapstanException.of(
                Transport.read(Transport.JSON.readTree(event.data()), Problem.class));
        default -> {
          // An event of a later version.
        }
      }
    } catch (JsonProcessingException e) {
      throw Transport.unreadable("an event of the stream is not JSON", e);
    }
  }

  private static CapstanException interrupted(String what, @Nullable Throwable cause) {
    return new CapstanException.Unavailable(
        Problem.local(Problem.UNREACHABLE, what, null, true, "no"), cause);
  }
}
