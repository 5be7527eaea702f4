package dev.capstan.worker;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** The slots that one session has taken of those that all sessions of a node share. Any thread. */
final class OwnSlots {
  private final Slots slots;

  /** Never fewer than this session has taken, so that it does not count them as others'. */
  private final AtomicInteger own = new AtomicInteger();

  /** Of those, what goes on although the leader takes it to have ended. */
  private final AtomicInteger abandoned = new AtomicInteger();

  /** Of what the leader was told last. Guarded by this. */
  private int told;

  OwnSlots(Slots slots) {
    this.slots = slots;
  }

  boolean take() {
    own.incrementAndGet();
    if (slots.take()) {
      return true;
    }
    own.decrementAndGet();
    return false;
  }

  /** An attempt that had taken one has given it back. */
  void ended() {
    own.decrementAndGet();
  }

  /** An attempt that has taken one is given up, and keeps it until it has really ended. */
  void abandon() {
    abandoned.incrementAndGet();
  }

  /** An attempt that was given up has given its slot back. */
  void abandonedEnded() {
    own.decrementAndGet();
    abandoned.decrementAndGet();
  }

  /** How many attempts that were given up go on. */
  int abandoned() {
    return abandoned.get();
  }

  /** How many are taken by what runs for other partitions, and by what was given up. */
  int elsewhere() {
    return Math.max(0, slots.taken() - own.get()) + abandoned.get();
  }

  /**
   * The leader is another one, and takes none to be taken elsewhere.
   *
   * @param welcome makes it the one that is told; see {@link #tell}
   */
  synchronized void toldAnew(Runnable welcome) {
    welcome.run();
    told = 0;
  }

  /**
   * Tells the leader how many are taken elsewhere, if it was told of another number last. Looking
   * and saying are one step, so that what is said last is what is so.
   *
   * @param always says it even if it is no news
   * @param say puts the number where it keeps its order; must not wait for anything
   */
  synchronized void tell(boolean always, IntConsumer say) {
    int now = elsewhere();
    if (always || now != told) {
      told = now;
      say.accept(now);
    }
  }
}
