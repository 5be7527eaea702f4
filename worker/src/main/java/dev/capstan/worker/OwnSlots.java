package dev.capstan.worker;

import java.util.function.IntConsumer;

/**
 * The slots that one session has taken of those that all sessions of a node share. Any thread: what
 * it has taken itself and what all have taken change in one step, so that nobody counts a slot of
 * the one as one of the others, or forgets one of them.
 */
final class OwnSlots {
  private final Slots slots;

  /** How many this session has taken. Guarded by this, as is the rest. */
  private int own;

  /** Of those, what goes on although the leader takes it to have ended. */
  private int abandoned;

  /** Of what the leader was told last. */
  private int told;

  OwnSlots(Slots slots) {
    this.slots = slots;
  }

  synchronized boolean take() {
    // Before all have one more: who hears of that looks at both.
    own++;
    if (slots.take()) {
      return true;
    }
    own--;
    return false;
  }

  /** An attempt that had taken one has ended. */
  synchronized void giveBack() {
    own--;
    slots.giveBack();
  }

  /** An attempt that has taken one is given up, and keeps it until it has really ended. */
  synchronized void abandon() {
    abandoned++;
  }

  /** An attempt that was given up has ended. */
  synchronized void giveBackAbandoned() {
    abandoned--;
    giveBack();
  }

  /** How many attempts that were given up go on. */
  synchronized int abandoned() {
    return abandoned;
  }

  /** How many are taken by what runs for other partitions, and by what was given up. */
  synchronized int elsewhere() {
    return Math.max(0, slots.taken() - own) + abandoned;
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
