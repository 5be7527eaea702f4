package dev.capstan.server.log;

import java.util.List;

/**
 * Where a log stands; the parts are read one after another, so they may be a few entries apart.
 * Indexes are -1 for none.
 *
 * @param role the replica's role and term
 * @param firstIndex first entry still in the log
 * @param lastIndex last entry in the log, committed or not
 * @param snapshotIndex index that the latest snapshot contains
 * @param inFlight proposals without an outcome
 * @param inFlightBytes their bytes
 * @param bytesOnDisk bytes of the log's files, without snapshots
 * @param peers the other replicas as the leader sees them; empty elsewhere
 */
public record LogStatus(
    LogRole role,
    long firstIndex,
    long lastIndex,
    long commitIndex,
    long appliedIndex,
    long snapshotIndex,
    int inFlight,
    long inFlightBytes,
    long bytesOnDisk,
    List<Peer> peers) {

  /**
   * Another replica.
   *
   * @param matchIndex last entry known to be on its disk
   * @param lag entries it is behind
   * @param silentMillis since it answered last
   * @param answers whether it was heard of within a few heartbeats, which come as often as the
   *     election timeout asks for
   */
  public record Peer(String node, long matchIndex, long lag, long silentMillis, boolean answers) {}
}
