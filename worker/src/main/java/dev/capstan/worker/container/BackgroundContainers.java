package dev.capstan.worker.container;

import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers that go on after their task ({@code await: false}): so many at a time, and never
 * longer than the worker. Safe for concurrent use.
 */
final class BackgroundContainers {

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundContainers.class);

  /** For an engine to stop one, beyond what the container is given. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final int limit;
  private final Leftovers leftovers;
  private final Semaphore places;
  private final Set<Thread> watching = ConcurrentHashMap.newKeySet();

  BackgroundContainers(int limit, Leftovers leftovers) {
    this.limit = limit;
    this.leftovers = leftovers;
    this.places = new Semaphore(limit);
  }

  /** Takes a place for one more. */
  void enter() {
    if (!places.tryAcquire()) {
      throw new TaskFault(
          ErrorType.RUNTIME.fault(
              "Too many background programs",
              "This node already runs " + limit + " containers that nobody waits for, its limit."));
    }
  }

  /** Gives the place back. */
  void leave() {
    places.release();
  }

  /** Looks after a container that has taken its place, until it ends. */
  void watch(ContainerRun.Background container, Runnable ended) {
    Thread thread =
        Thread.ofVirtual()
            .name("capstan-background-container")
            .unstarted(() -> {
              try (Streams _ = container.streams()) {
                lookAfter(container);
              } catch (IOException e) {
                LOG.warn("Container {} could not be looked after", container.id(), e);
              } finally {
                watching.remove(Thread.currentThread());
                leave();
                ended.run();
              }
            });
    watching.add(thread);
    thread.start();
  }

  private void lookAfter(ContainerRun.Background container) throws IOException {
    boolean ended = false;
    try {
      int _ = container.engine().exitCode(container.id());
      ended = true;
    } catch (ClosedByInterruptException closing) {
      LOG.debug("Container {} is stopped, since its worker is closed", container.id());
    } finally {
      // Set when the worker is closed; it would end the calls that stop the container, too.
      boolean _ = Thread.interrupted();
      if (ended) {
        Leftovers.finish(container.engine(), container.id(), container.request().lifetime());
      } else {
        leftovers.stop(container.engine(), container.id(), container.request().lifetime());
      }
    }
  }

  /** Stops all. */
  void close(Duration grace) {
    for (Thread thread : watching) {
      thread.interrupt();
    }
    try {
      for (Thread thread : watching) {
        boolean _ = thread.join(grace.plus(PATIENCE));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
