package dev.capstan.server.nodes;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this coordinator knows of nodes whoever leads: which of them have streams to it, and of
 * which there is a sign that they are gone. For one that begins to lead: a node that it has had a
 * stream with need not be waited for as one that it never heard of.
 *
 * <p>A sign is forgotten when the node says hello over another stream, and after a lease: if it had
 * been right, the former leader would have found it out as well, and written it down. Bounded.
 * Guarded by the lock of {@link SlotAccount}.
 */
final class Attendance {
  private final NodeSettings settings;
  private final Map<String, Set<Long>> streams = new HashMap<>();

  /** The latest one of each node, the oldest first. */
  private final Map<String, Noticed> signs = new LinkedHashMap<>();

  private boolean distrusts;
  private long distrustedUntil;

  /** A sign that a node is gone, and when it was seen. */
  record Noticed(Sign sign, long nanos) {
    /**
     * Until when the node has to show itself.
     *
     * @param begun when this coordinator began to lead
     */
    long until(NodeSettings settings, long begun) {
      return switch (sign) {
        case BROKEN -> nanos + settings.reconnectWithin().toNanos();
        case SILENT -> nanos;
        // It was asked then, and whoever is well answers at once.
        case LOST_ELSEWHERE -> begun + settings.suspectNanos();
      };
    }

    /** Why the node is lost if it does not. */
    String reason() {
      return sign.reason;
    }
  }

  /** What there is of a sign. */
  enum Sign {
    /** Its last stream to this coordinator broke. */
    BROKEN("its connection broke while the leadership changed"),
    /** It was asked over its only stream what it holds, and said nothing for a lease. */
    SILENT("it did not answer when the leadership had changed"),
    /** The leader of another partition has found it to be lost. */
    LOST_ELSEWHERE("it did not answer when the leadership had changed, and others have lost it");

    private final String reason;

    Sign(String reason) {
      this.reason = reason;
    }
  }

  Attendance(NodeSettings settings) {
    this.settings = settings;
  }

  /** A node has said hello over one of its streams. */
  void spoke(String node, long stream) {
    streams.computeIfAbsent(node, _ -> new HashSet<>()).add(stream);
    signs.remove(node);
  }

  /**
   * A stream of a node is gone; told once or more.
   *
   * @param sign what that says of the node if it has no other; null for nothing
   * @return whether there is a new sign
   */
  boolean went(String node, long stream, @Nullable Sign sign, long now) {
    Set<Long> open = streams.get(node);
    if (open == null || !open.remove(stream) || !open.isEmpty()) {
      return false;
    }
    streams.remove(node);
    return sign != null && note(node, sign, now);
  }

  /** The leader of another partition has lost a node; answers whether that is a new sign. */
  boolean lostElsewhere(String node, long now) {
    return note(node, Sign.LOST_ELSEWHERE, now);
  }

  /** It is there for the leader of another partition. */
  void foundElsewhere(String node) {
    Noticed noticed = signs.get(node);
    if (noticed != null && noticed.sign == Sign.LOST_ELSEWHERE) {
      signs.remove(node);
    }
  }

  private boolean note(String node, Sign sign, long now) {
    if (distrusts && now - distrustedUntil < 0) {
      return false;
    }
    distrusts = false;
    signs.remove(node);
    signs.put(node, new Noticed(sign, now));
    signs.values().removeIf(each -> isOver(each, now));
    if (signs.size() > settings.limits().nodes()) {
      signs.remove(signs.keySet().iterator().next());
    }
    return true;
  }

  /** The sign that a node is gone; null if there is none. */
  @Nullable Noticed sign(String node, long now) {
    Noticed noticed = signs.get(node);
    return noticed == null || isOver(noticed, now) ? null : noticed;
  }

  private boolean isOver(Noticed noticed, long now) {
    return now - noticed.nanos > settings.silenceNanos();
  }

  /**
   * This process stood still: what it then finds to be gone may have come to others meanwhile, and
   * is about to come here. It sees no signs for a lease.
   */
  void distrust(long now) {
    signs.clear();
    distrusts = true;
    distrustedUntil = now + settings.silenceNanos();
  }
}
