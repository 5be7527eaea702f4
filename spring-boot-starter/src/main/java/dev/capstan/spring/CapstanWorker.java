package dev.capstan.spring;

import dev.capstan.sdk.FunctionWorker;
import dev.capstan.sdk.WorkerRefused;
import dev.capstan.worker.WorkerStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The worker of an application. It starts after everything else of the context and is the first to
 * stop, so functions have what they use for as long as they run. Without functions it does nothing.
 * An application with a running worker goes on when its main method returns, as one with a web
 * server does. All methods may be called by any thread.
 */
public final class CapstanWorker implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(CapstanWorker.class);

  private final FunctionBeans functions;
  private final WorkerSettings settings;
  private @Nullable FunctionWorker worker;

  CapstanWorker(FunctionBeans functions, WorkerSettings settings) {
    this.functions = functions;
    this.settings = settings;
  }

  /**
   * Joins the cluster if need be, and starts.
   *
   * @throws MisconfiguredException if properties are wrong or missing
   * @throws WorkerRefused if the node can't start or is not let in
   */
  @Override
  public synchronized void start() {
    if (worker != null) {
      return;
    }
    List<Object> found = functions.find();
    if (found.isEmpty()) {
      LOG.info("No bean has a method with @TaskFunction, so this application is no worker");
      return;
    }
    try {
      FunctionWorker started = settings.worker(found).start();
      worker = started;
      Thread.ofPlatform().name("capstan-worker").daemon(false).start(() -> keep(started));
    } catch (IllegalArgumentException e) {
      throw new MisconfiguredException(
          List.of(String.valueOf(e.getMessage())), "Change the functions, or the configuration.");
    } catch (IOException e) {
      throw new UncheckedIOException("The worker can't use its data directory", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the worker joins its cluster", e);
    }
  }

  /** Runs for as long as the worker, which keeps the program running. */
  private static void keep(FunctionWorker worker) {
    try {
      worker.await();
    } catch (WorkerRefused e) {
      LOG.error("Functions are not called any more. {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes nothing more, and returns when what runs has ended or was handed back. */
  @Override
  public void stop() {
    FunctionWorker running;
    synchronized (this) {
      running = worker;
      worker = null;
    }
    if (running != null) {
      running.close();
    }
  }

  @Override
  public void stop(Runnable stopped) {
    Thread _ =
        Thread.ofVirtual()
            .name("capstan-worker-stop")
            .start(() -> {
              try {
                stop();
              } finally {
                stopped.run();
              }
            });
  }

  @Override
  public synchronized boolean isRunning() {
    return worker != null;
  }

  /** What the worker is doing now; empty while it does not run. */
  public synchronized Optional<WorkerStatus> status() {
    return Optional.ofNullable(worker).map(FunctionWorker::status);
  }
}
