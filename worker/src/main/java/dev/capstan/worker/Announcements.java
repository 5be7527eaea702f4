package dev.capstan.worker;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.Leave;
import dev.capstan.api.v1.SlotsChanged;
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
    outbox.say(
        WorkerMessage.newBuilder()
            .setSlots(SlotsChanged.newBuilder().setSlots(shared.size()).setElsewhere(elsewhere))
            .build());
  }

  /** Tells the coordinator what this node found on itself since it said hello. */
  void capabilitiesChanged(Capabilities capabilities) {
    outbox.say(WorkerMessage.newBuilder().setCapabilities(capabilities).build());
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
