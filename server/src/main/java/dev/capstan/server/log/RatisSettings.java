package dev.capstan.server.log;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** The library's settings: each differs from a default that loses data, time or memory here. */
final class RatisSettings {
  /** Room around an entry for the library's own fields. */
  private static final int ENTRY_OVERHEAD = 64 * 1024;

  /** Far below what one call may carry, so that a piece is sent and written in milliseconds. */
  private static final int SNAPSHOT_PIECE = 1 << 20;

  private RatisSettings() {}

  /** Settings for a log with one replica, which has nobody to wait for. */
  static RaftProperties singleReplica(Path directory, LogOptions options) {
    RaftProperties p = new RaftProperties();
    p.set(RaftConfigKeys.Rpc.TYPE_KEY, LocalRpc.class.getName());
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, millis(1));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, millis(2));
    // Nobody can take over, so a replica that slept (a suspended laptop) goes on leading.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, hours(24));
    common(p, directory, options);
    return p;
  }

  /** Settings for a log with several replicas. */
  static RaftProperties replicas(
      Path directory, LogOptions options, Duration electionTimeout, Duration longest) {
    RaftProperties p = new RaftProperties();
    p.set(RaftConfigKeys.Rpc.TYPE_KEY, PeerRpc.class.getName());
    common(p, directory, options);
    RaftServerConfigKeys.Rpc.setTimeoutMin(p, millis(electionTimeout.toMillis()));
    RaftServerConfigKeys.Rpc.setTimeoutMax(p, millis(longest.toMillis()));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, millis(electionTimeout.toMillis()));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, millis(2 * electionTimeout.toMillis()));
    // For so long who has just ceased to lead leaves it to the others. It ceases, too, when their
    // answers are late, and may be the
    // only one who can.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        p, millis(4 * electionTimeout.toMillis()));
    return p;
  }

  private static void common(RaftProperties p, Path directory, LogOptions options) {
    RaftServerConfigKeys.setStorageDir(p, List.of(directory.toFile()));
    RaftServerConfigKeys.setCloseThreshold(p, hours(24));
    RaftServerConfigKeys.Rpc.setTimeoutMin(p, millis(300));
    RaftServerConfigKeys.Rpc.setTimeoutMax(p, millis(600));
    RaftServerConfigKeys.Rpc.setRequestTimeout(p, millis(1000));
    // Only answers within this time are remembered, and nobody asks: duplicates are caught in our
    // own state.
    RaftServerConfigKeys.RetryCache.setExpiryTime(p, millis(1000));
    RaftServerConfigKeys.Write.setElementLimit(p, options.maxInFlight() + 1);
    RaftServerConfigKeys.Write.setByteLimit(
        p, bytes(options.maxInFlightBytes() + options.maxEntryBytes()));
    log(p, options);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setTriggerWhenRemoveEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setCreationGap(p, 1);
  }

  private static void log(RaftProperties p, LogOptions options) {
    int largest = options.maxEntryBytes() + ENTRY_OVERHEAD;
    RaftServerConfigKeys.Log.setSegmentSizeMax(p, bytes(options.segmentBytes()));
    RaftServerConfigKeys.Log.setPreallocatedSize(p, bytes(options.preallocateBytes()));
    RaftServerConfigKeys.Log.setWriteBufferSize(p, bytes(largest + 8L));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, bytes(largest));
    RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(p, bytes(SNAPSHOT_PIECE));
    RaftServerConfigKeys.Log.Appender.setWaitTimeMin(p, millis(0));
    RaftServerConfigKeys.Log.setQueueElementLimit(p, options.maxInFlight() + 64);
    RaftServerConfigKeys.Log.setQueueByteLimit(
        p, bytes(options.maxInFlightBytes() + options.maxEntryBytes()));
    RaftServerConfigKeys.Log.setForceSyncNum(p, options.maxInFlight() + 64);
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, bytes(2 * options.segmentBytes()));
    // Otherwise each commit writes and syncs one more entry that only tells the commit index.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
    RaftServerConfigKeys.Log.setPurgeGap(p, 1);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
    RaftServerConfigKeys.Log.setCorruptionPolicy(
        p, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(p, false);
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(p, false);
  }

  private static SizeInBytes bytes(long bytes) {
    return SizeInBytes.valueOf(bytes);
  }

  private static TimeDuration millis(long millis) {
    return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
  }

  private static TimeDuration hours(long hours) {
    return TimeDuration.valueOf(hours, TimeUnit.HOURS);
  }
}
