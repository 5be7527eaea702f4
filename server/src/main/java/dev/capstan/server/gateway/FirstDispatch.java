package dev.capstan.server.gateway;

import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.OutputEntry;
import dev.capstan.server.gateway.Views.TaskDispatchView;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits until the first task of an execution is in the hand of a node. */
public final class FirstDispatch implements Gateway.Watcher {
  private static final String STARTED = "task.started";

  private final String execution;
  private final CompletableFuture<TaskDispatchView> dispatched = new CompletableFuture<>();

  private FirstDispatch(String execution) {
    this.execution = execution;
  }

  /**
   * Completes when a node has got the first task; with neither node nor attempt when the execution
   * has ended before that, or none could be found in time: the task waits on.
   */
  public static CompletableFuture<TaskDispatchView> of(
      Gateway gateway, Principal principal, String execution, Duration atMost) {
    FirstDispatch first = new FirstDispatch(execution);
    Gateway.Watch watch = gateway.watch(principal, execution, 0, first);
    CompletableFuture<TaskDispatchView> waits =
        first.dispatched.completeOnTimeout(
            first.nowhere(), atMost.toMillis(), TimeUnit.MILLISECONDS);
    return waits.whenComplete(
        (@Nullable TaskDispatchView _, @Nullable Throwable _) -> watch.close());
  }

  private TaskDispatchView nowhere() {
    return new TaskDispatchView(execution, null, null, null, null);
  }

  @Override
  public void entry(HistoryEntry entry) {
    if (entry.type().equals(STARTED) && entry.node() != null) {
      dispatched.complete(
          new TaskDispatchView(
              execution, entry.task(), entry.node(), entry.attempt(), entry.time()));
    }
  }

  @Override
  public void output(OutputEntry output) {}

  @Override
  public void progress(long run, double fraction, String message) {}

  @Override
  public void ended(ExecutionView ended) {
    dispatched.complete(nowhere());
  }

  @Override
  public void failed(Refusal reason) {
    dispatched.completeExceptionally(reason);
  }
}
