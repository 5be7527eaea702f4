package dev.capstan.worker.container;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether this node has an engine that answers, by asking now and then on a thread of its
 * own, and has leftovers removed. Safe for concurrent use.
 */
final class EngineWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EngineWatch.class);

  private static final Duration WHILE_THERE = Duration.ofSeconds(30);

  private static final Duration WHILE_MISSING = Duration.ofSeconds(5);

  /** For the first answer, so that a node that starts knows what it can do. */
  private static final Duration FIRST = Duration.ofSeconds(1);

  private final List<Path> sockets;
  private final Leftovers leftovers;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final Semaphore wish = new Semaphore(0);
  private final Thread thread;
  private volatile @Nullable Engine engine;
  private volatile String obstacle = "";

  /** Begins to look at the sockets, in this order. */
  EngineWatch(List<Path> sockets, Leftovers leftovers) {
    this.sockets = sockets;
    this.leftovers = leftovers;
    this.thread = Thread.ofVirtual().name("capstan-container-engine").start(this::watch);
  }

  /** Whether an engine has answered when it was last asked. Waits a moment the first time. */
  boolean isThere() {
    try {
      boolean _ = asked.await(FIRST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return engine != null;
  }

  /** The engine; a fault of the task when there is none. */
  Engine require() {
    Engine there = engine;
    if (there == null) {
      throw EngineFaults.unreachable(
          obstacle.isEmpty() ? "This node has no container engine." : obstacle);
    }
    return there;
  }

  /** Asks again soon: the engine does not answer any more, or something will be due. */
  void lookAgain() {
    wish.release();
  }

  private void watch() {
    try {
      while (true) {
        engine = find();
        asked.countDown();
        boolean _ = wish.tryAcquire(rest().toMillis(), TimeUnit.MILLISECONDS);
        wish.drainPermits();
      }
    } catch (InterruptedException closed) {
      LOG.debug("The container engine is watched no more");
    }
  }

  /** Until the engine is to be asked again. */
  private Duration rest() {
    Engine there = engine;
    if (there == null) {
      return WHILE_MISSING;
    }
    try {
      return leftovers.sweep(there).map(EngineWatch::until).orElse(WHILE_THERE);
    } catch (ClosedByInterruptException closed) {
      return Duration.ZERO;
    } catch (IOException e) {
      LOG.warn("Containers that are left over could not be looked after; tried again", e);
      return WHILE_MISSING;
    }
  }

  private static Duration until(Instant due) {
    Duration until = Duration.between(Instant.now(), due).plusMillis(1);
    return until.compareTo(WHILE_THERE) < 0 ? until : WHILE_THERE;
  }

  private @Nullable Engine find() {
    String last = obstacle;
    String now = "";
    for (Path socket : sockets) {
      if (Files.exists(socket)) {
        try {
          Engine found = Engine.at(socket);
          obstacle = "";
          return found;
        } catch (IOException e) {
          now = "The container engine at " + socket + " can't be used: " + e.getMessage();
        }
      }
    }
    if (!now.isEmpty() && !now.equals(last) && !Thread.currentThread().isInterrupted()) {
      LOG.info("{}", now);
    }
    obstacle = now;
    return null;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
