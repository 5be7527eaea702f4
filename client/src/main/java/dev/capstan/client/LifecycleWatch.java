package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CompletableFuture;

/**
 * Life-cycle events of all executions as they happen, over broken connections too; but a stream
 * begins with the present, so what happens between two of them is only in the histories. Owns one
 * virtual thread, on which the watcher is called.
 */
public final class LifecycleWatch implements AutoCloseable {
  /** The comment with which a server begins, once it takes note of everything. */
  private static final String BEGINNING = "nothing is missed from here on";

  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private final Following following;

  private LifecycleWatch(Transport transport, String path, LifecycleWatcher watcher) {
    this.following =
        new Following(transport, path, "capstan-lifecycle", end, new ToWatcher(watcher));
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
    watch.following.start();
    return watch;
  }

  /** Fails with a {@link CapstanException} when it can't go on; else ends when it is closed. */
  public CompletableFuture<Void> end() {
    return end;
  }

  @Override
  public void close() {
    following.stop();
  }

  private record ToWatcher(LifecycleWatcher watcher) implements Following.Taker {
    @Override
    public void take(String type, JsonNode data) {
      if (type.equals("lifecycle")) {
        watcher.event(data);
      }
    }

    @Override
    public void comment(String text) {
      if (text.equals(BEGINNING)) {
        watcher.following();
      }
    }

    @Override
    public void reconnecting(CapstanException why) {
      watcher.reconnecting(why);
    }
  }
}
