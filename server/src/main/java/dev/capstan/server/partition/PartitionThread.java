package dev.capstan.server.partition;

import java.util.concurrent.TimeUnit;

/** Runs a partition's loop on a thread of its own, which sleeps whenever there is nothing to do. */
public final class PartitionThread implements AutoCloseable {
  /**
   * The wall clock may jump, so timers are looked at this often at the latest; without timers
   * nothing is.
   */
  private static final long LONGEST_WITH_TIMERS = TimeUnit.SECONDS.toNanos(1);

  private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);

  private final Partition partition;
  private final Thread thread;
  private volatile boolean closed;

  /** A runner that is not started yet. */
  public PartitionThread(Partition partition, String name) {
    this.partition = partition;
    this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
  }

  /** Starts the loop. */
  public void start() {
    thread.start();
  }

  private void run() {
    Waker waker = partition.waker();
    while (!closed) {
      if (!partition.doWork()) {
        waker.prepare();
        // What came before prepare() has sent no signal: look once more.
        if (closed || partition.doWork()) {
          waker.stayAwake();
        } else {
          waker.sleep(longest(partition.idleNanos()));
        }
      }
    }
  }

  private static long longest(long idleNanos) {
    return idleNanos == Long.MAX_VALUE ? LONGEST : Math.clamp(idleNanos, 1, LONGEST_WITH_TIMERS);
  }

  /**
   * Stops the loop after its present turn, and waits for that. Whoever asks for something after
   * that is refused.
   */
  @Override
  public void close() {
    closed = true;
    partition.waker().signal();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    partition.end();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
