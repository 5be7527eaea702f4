package dev.capstan.cli.local;

import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionWatcher;
import dev.capstan.client.OutputPiece;
import dev.capstan.client.TaskProgress;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.OutputEntry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Between the engine's thread, which must not wait, and a watcher that may write to a slow
 * terminal. Owns one virtual thread.
 */
final class Relay implements Gateway.Watcher {
  private final ExecutionWatcher watcher;
  private final CompletableFuture<Execution> end;
  private final Function<Refusal, RuntimeException> failure;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("capstan-story").factory());

  /**
   * @param failure what to fail with when the engine refuses to tell more
   */
  Relay(
      ExecutionWatcher watcher,
      CompletableFuture<Execution> end,
      Function<Refusal, RuntimeException> failure) {
    this.watcher = watcher;
    this.end = end;
    this.failure = failure;
  }

  @Override
  public void entry(HistoryEntry entry) {
    thread.execute(() -> watcher.history(GatewayValues.event(entry)));
  }

  @Override
  public void output(OutputEntry output) {
    thread.execute(() ->
        watcher.output(
            new OutputPiece(
                output.task(),
                output.reference(),
                output.run(),
                output.attempt(),
                output.stream(),
                output.text())));
  }

  @Override
  public void progress(long run, double fraction, String message) {
    thread.execute(
        () -> watcher.progress(new TaskProgress(run, fraction < 0 ? null : fraction, message)));
  }

  @Override
  public void ended(ExecutionView execution) {
    thread.execute(() -> end.complete(GatewayValues.execution(execution)));
    thread.shutdown();
  }

  @Override
  public void failed(Refusal reason) {
    thread.execute(() -> end.completeExceptionally(failure.apply(reason)));
    thread.shutdown();
  }
}
