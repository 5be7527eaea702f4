package dev.capstan.cli.live;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionWatch;
import dev.capstan.client.ExecutionWatcher;
import dev.capstan.client.StartRequest;
import dev.capstan.client.Started;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Executions of a server. */
public final class RemoteSource implements ExecutionSource {
  private final CapstanClient client;

  /** The client is closed with the source. */
  public RemoteSource(CapstanClient client) {
    this.client = client;
  }

  @Override
  public Started start(StartRequest request) {
    return CapstanClient.await(client.startOnce(request, Duration.ZERO));
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
