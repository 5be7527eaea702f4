package dev.capstan.worker;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.Leave;
import dev.capstan.api.v1.WorkerMessage;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself after its hello, to whoever leads one partition: its slots, what it
 * found, and that it leaves. Any thread.
 */
final class Announcements {
  private final Slots shared;
  private final OwnSlots slots;
  private final Outbox outbox;
  private volatile @Nullable String leaving;

  /**
   * @param shared by all sessions of the node
   * @param slots of those, the ones of this session
   */
  Announcements(Slots shared, OwnSlots slots, Outbox outbox) {
    this.shared = shared;
    this.slots = slots;
    this.outbox = outbox;
  }

  /** Tells the coordinator how many attempts this node runs at a time from now on. */
  void slotsChanged() {
    slots.tell(true, this::saySlots);
    outbox.flush();
  }

  /**
   * Tells the coordinator how many slots are taken by what it does not count, if that changed: what
   * runs for other partitions, and what was given up.
   */
  void tellElsewhere() {
    slots.tell(false, this::saySlots);
    outbox.flush();
  }

  private void saySlots(int elsewhere) {
    outbox.say(Wire.slots(shared.size(), elsewhere));
  }

  /**
   * Says what has changed since the hello, which could be told to nobody before the welcome; the
   * outbox is to be flushed behind it.
   */
  void sayWhatIsNew(Introduction hello, Introduction present) {
    if (present.slots() != hello.slots()) {
      slots.tell(true, this::saySlots);
    }
    if (!present.findings().equals(hello.findings())) {
      outbox.say(Wire.capabilities(present.findings().capabilities()));
    }
  }

  /** Tells the coordinator what this node found on itself since it said hello. */
  void capabilitiesChanged(Capabilities capabilities) {
    outbox.say(Wire.capabilities(capabilities));
    outbox.flush();
  }

  /** The node takes nothing more; {@link #sayLeaving} is to follow. */
  void leaving(String why) {
    leaving = why;
  }

  /** Whether the node takes nothing more. */
  boolean leaving() {
    return leaving != null;
  }

  /** Says that the node leaves, if it does; the outbox is to be flushed behind it. */
  void sayLeaving() {
    String why = leaving;
    if (why != null) {
      outbox.say(WorkerMessage.newBuilder().setLeave(Leave.newBuilder().setReason(why)).build());
    }
  }
}
