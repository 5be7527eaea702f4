package dev.capstan.worker;

import java.time.Duration;

/**
 * The session as far as one coordinator goes.
 *
 * @param phase where it is in its life
 * @param coordinator what the coordinator calls itself; empty before the first welcome
 * @param leader whom it takes for the leader, where it does not lead; empty for nobody
 * @param epoch of the node; 0 before the first welcome
 * @param welcomes how many times this coordinator has welcomed the node
 * @param spread within how long after its first welcome the node should connect to the other
 *     coordinators, as the last welcome said
 * @param unsentReports results that wait for the stream to take them
 * @param reason why it is not open; empty when it is
 */
public record SessionStatus(
    Phase phase,
    String coordinator,
    String leader,
    long epoch,
    long welcomes,
    Duration spread,
    int unsentReports,
    String reason) {

  /** The life of a session. */
  public enum Phase {
    /** Said hello, or is about to. */
    CONNECTING,
    /** The coordinator does not lead; it takes over when it does. */
    STANDBY,
    /** Welcomed: takes dispatches. */
    OPEN,
    /** Broken; waits before it connects again. */
    BACKING_OFF,
    /** Takes nothing more and finishes what it has. */
    LEAVING,
    /** The coordinator said that connecting again is of no use. */
    REJECTED,
    /** Over. */
    CLOSED
  }
}
