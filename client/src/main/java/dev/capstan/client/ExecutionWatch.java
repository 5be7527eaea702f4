package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CompletableFuture;

/**
 * A history on its way, over broken connections too: each time it goes on behind the last entry
 * that came. Owns one virtual thread, on which the watcher is called.
 */
public final class ExecutionWatch implements AutoCloseable {
  private final CompletableFuture<Execution> end = new CompletableFuture<>();
  private final Following following;

  ExecutionWatch(Transport transport, String path, ExecutionWatcher watcher) {
    this.following =
        new Following(transport, path, "capstan-watch", end, new ToWatcher(watcher, end));
  }

  ExecutionWatch start() {
    following.start();
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
    following.stop();
  }

  private record ToWatcher(ExecutionWatcher watcher, CompletableFuture<Execution> end)
      implements Following.Taker {
    @Override
    public void take(String type, JsonNode data) {
      switch (type) {
        case "history" -> watcher.history(Transport.read(data, HistoryEvent.class));
        case "output" -> watcher.output(Transport.read(data, OutputPiece.class));
        case "progress" -> watcher.progress(Transport.read(data, TaskProgress.class));
        case "gap" -> watcher.outputLost(data.path("outputLost").asLong());
        case "end" -> end.complete(Transport.read(data, Execution.class));
        default -> {
          // An event of a later version.
        }
      }
    }

    @Override
    public void reconnecting(CapstanException why) {
      watcher.reconnecting(why);
    }
  }
}
