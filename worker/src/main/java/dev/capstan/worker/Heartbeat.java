package dev.capstan.worker;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Notices when nothing is heard of an attempt for a while. It looks several times meanwhile instead
 * of once at the end: a process that stood still for long has missed one look, so that its attempts
 * have the rest of their time to be heard of. Any thread.
 */
final class Heartbeat {
  private static final int LOOKS = 8;

  private final Runnable silent;
  private volatile boolean heard;
  private volatile boolean ended;
  private volatile @Nullable Future<?> looks;

  /** Looks in a row at which nothing had been heard; of the timer's thread. */
  private int quiet;

  private Heartbeat(Runnable silent) {
    this.silent = silent;
  }

  /**
   * Begins to listen.
   *
   * @param withinNanos what is silent for so long is noticed, an eighth of it later at most
   * @param silent runs then, once, on the thread of the node's timer
   */
  static Heartbeat expected(Node node, long withinNanos, Runnable silent) {
    Heartbeat heartbeat = new Heartbeat(silent);
    heartbeat.looks = node.repeat(heartbeat::look, Math.max(1, withinNanos / LOOKS));
    return heartbeat;
  }

  /** Something was heard. */
  void heard() {
    heard = true;
  }

  private void look() {
    if (ended) {
      return;
    }
    if (heard) {
      heard = false;
      quiet = 0;
    } else if (++quiet >= LOOKS) {
      end();
      silent.run();
    }
  }

  /** Listens no more. */
  void end() {
    ended = true;
    Future<?> last = looks;
    if (last != null) {
      last.cancel(false);
    }
  }
}
