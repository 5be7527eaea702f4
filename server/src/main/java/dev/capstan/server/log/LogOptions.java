package dev.capstan.server.log;

/**
 * How a log is kept. One place for all limits; they are checked against each other.
 *
 * @param maxEntryBytes largest entry
 * @param maxInFlight most proposals without an outcome
 * @param maxInFlightBytes most bytes of proposals without an outcome
 * @param segmentBytes size at which a log file is closed and a new one begun
 * @param preallocateBytes disk space taken in advance, so that a sync need not write the file's
 *     length
 * @param snapshotEntries entries after which a snapshot is taken
 * @param snapshotBytes bytes of entries after which a snapshot is taken
 */
public record LogOptions(
    int maxEntryBytes,
    int maxInFlight,
    long maxInFlightBytes,
    long segmentBytes,
    long preallocateBytes,
    long snapshotEntries,
    long snapshotBytes) {

  public LogOptions {
    require(maxEntryBytes >= 1024, "maxEntryBytes must be at least 1 KiB");
    require(maxInFlight >= 1, "maxInFlight must be at least 1");
    require(maxInFlightBytes >= maxEntryBytes, "maxInFlightBytes must hold one largest entry");
    require(segmentBytes >= 64 * 1024, "segmentBytes must be at least 64 KiB");
    require(preallocateBytes <= segmentBytes, "preallocateBytes must not exceed segmentBytes");
    require(snapshotEntries >= 1, "snapshotEntries must be at least 1");
    require(snapshotBytes >= 1, "snapshotBytes must be at least 1");
  }

  /** What production uses unless the configuration says otherwise. */
  public static LogOptions ofDefaults() {
    return new LogOptions(4 << 20, 2048, 64L << 20, 8L << 20, 1L << 20, 200_000, 48L << 20);
  }

  /** With another snapshot trigger. */
  public LogOptions withSnapshotEvery(long entries, long bytes) {
    return new LogOptions(
        maxEntryBytes,
        maxInFlight,
        maxInFlightBytes,
        segmentBytes,
        preallocateBytes,
        entries,
        bytes);
  }

  /** With another bound of what is in flight. */
  public LogOptions withInFlight(int entries, long bytes) {
    return new LogOptions(
        maxEntryBytes,
        entries,
        bytes,
        segmentBytes,
        preallocateBytes,
        snapshotEntries,
        snapshotBytes);
  }

  /** With other log files. */
  public LogOptions withSegments(long bytes, long preallocated) {
    return new LogOptions(
        maxEntryBytes,
        maxInFlight,
        maxInFlightBytes,
        bytes,
        preallocated,
        snapshotEntries,
        snapshotBytes);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
