package dev.capstan.sdk;

import dev.capstan.worker.WorkerStatus;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A running worker that offers functions. It leaves in order when it is closed or the program is
 * asked to end: it takes nothing more, and hands back what has not ended, so that another node runs
 * it. All methods may be called by any thread.
 */
public final class FunctionWorker implements AutoCloseable {
  private final Membership membership;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private final Thread hook = new Thread(this::leave, "capstan-stop");
  private boolean closed;

  private FunctionWorker(Membership membership) {
    this.membership = membership;
  }

  static FunctionWorker start(Membership membership) {
    FunctionWorker worker = new FunctionWorker(membership);
    Runtime.getRuntime().addShutdownHook(worker.hook);
    var _ =
        membership
            .rejection()
            .thenAccept(reason ->
                worker.ended.completeExceptionally(
                    new WorkerRefused(
                        "The cluster does not want this node: " + reason,
                        "to take it in again, join with an empty data directory and another name",
                        null)));
    return worker;
  }

  /** Completes when the worker has been let in: from then on its functions are called. */
  public CompletableFuture<@Nullable Void> ready() {
    return membership.welcomed();
  }

  /** What the worker is doing now. */
  public WorkerStatus status() {
    return membership.status();
  }

  /**
   * Waits until the worker has ended.
   *
   * @throws WorkerRefused if it has because the cluster does not want it any more
   */
  public void await() throws InterruptedException {
    try {
      ended.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WorkerRefused refused) {
        throw refused;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    leave();
    try {
      boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The hook runs already, or has run.
    }
  }

  private synchronized void leave() {
    if (!closed) {
      closed = true;
      membership.close();
      ended.complete(null);
    }
  }
}
