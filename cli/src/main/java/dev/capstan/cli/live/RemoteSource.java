package dev.capstan.cli.live;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionWatch;
import dev.capstan.client.ExecutionWatcher;
import dev.capstan.client.StartRequest;
import java.util.concurrent.CompletableFuture;

/** Executions of a server. */
public final class RemoteSource implements ExecutionSource {
  private final CapstanClient client;

  /** The client is closed with the source. */
  public RemoteSource(CapstanClient client) {
    this.client = client;
  }

  @Override
  public Execution start(StartRequest request) {
    return CapstanClient.await(client.start(request));
  }

  @Override
  public CompletableFuture<Execution> follow(String id, ExecutionWatcher watcher) {
    ExecutionWatch watch = client.watch(id, watcher);
    return watch.end();
  }

  @Override
  public void close() {
    client.close();
  }
}
