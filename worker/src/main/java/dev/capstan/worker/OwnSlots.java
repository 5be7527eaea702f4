package dev.capstan.worker;

import java.util.concurrent.atomic.AtomicInteger;

/** The slots that one session has taken of those that all sessions of a node share. Any thread. */
final class OwnSlots {
  private final Slots slots;

  /** Never fewer than this session has taken, so that it does not count them as others'. */
  private final AtomicInteger own = new AtomicInteger();

  /** Of those, what goes on although the leader takes it to have ended. */
  private final AtomicInteger abandoned = new AtomicInteger();

  private final AtomicInteger told = new AtomicInteger();

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

  /** The leader is another one, and takes none to be taken elsewhere. */
  void forgetTold() {
    told.set(0);
  }

  /** Whether the leader was told last of another number; it counts as told from then on. */
  boolean isNews(int elsewhere) {
    return told.getAndSet(elsewhere) != elsewhere;
  }
}
