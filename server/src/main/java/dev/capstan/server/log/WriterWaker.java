package dev.capstan.server.log;

import java.util.concurrent.CountDownLatch;

/**
 * Shortens the end of a log. The library's writer thread looks only once a second whether it should
 * stop, and closing waits for it. So once the updater has ended, when nothing that is committed is
 * left to do, the writer is interrupted as long as it waits for work; never while it writes, since
 * that would close its file under it.
 */
final class WriterWaker {
  private static final long LOOK_MILLIS = 1;
  private static final int MOST_LOOKS = 5_000;

  private final String division;
  private final CountDownLatch updaterEnded;

  /**
   * A waker for one division.
   *
   * @param division how the library begins the names of the division's threads
   * @param updaterEnded counted down when nothing more will be applied
   */
  WriterWaker(String division, CountDownLatch updaterEnded) {
    this.division = division;
    this.updaterEnded = updaterEnded;
  }

  /**
   * Waits for the end of the updater in a thread of its own, then wakes the writer until it is
   * gone.
   */
  void start() {
    Thread.ofPlatform().daemon().name(division + "-waker").start(this::run);
  }

  private void run() {
    try {
      updaterEnded.await();
      Thread writer = DivisionThreads.find(division, "SegmentedRaftLogWorker");
      for (int i = 0; writer != null && writer.isAlive() && i < MOST_LOOKS; i++) {
        if (writer.getState() == Thread.State.TIMED_WAITING) {
          writer.interrupt();
        }
        writer.join(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
