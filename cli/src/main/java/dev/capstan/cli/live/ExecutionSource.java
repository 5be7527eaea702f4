package dev.capstan.cli.live;

import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionWatcher;
import dev.capstan.client.StartRequest;
import dev.capstan.client.Started;
import java.util.concurrent.CompletableFuture;

/** Where executions run: an engine inside this process, or a server. */
public interface ExecutionSource extends AutoCloseable {
  /**
   * Starts an execution; returns when the start is durable, or when the execution with this id,
   * started equally before, was found.
   */
  Started start(StartRequest request);

  /** Follows an execution from its beginning; the future completes when it has ended. */
  CompletableFuture<Execution> follow(String id, ExecutionWatcher watcher);

  @Override
  void close();
}
