package dev.capstan.server.log;

import java.util.concurrent.CompletableFuture;

/**
 * One group's log as its local replica sees it. What is committed here is on the disks of a
 * majority and is applied, in the same order, by the {@link LogConsumer} of every replica.
 *
 * <p>Safe for any thread. Nothing blocks for the disk or the network but {@link #close()}. Futures
 * complete on the thread that applies; whoever does more than a hand-over there delays every later
 * entry.
 */
public interface ReplicatedLog extends AutoCloseable {

  /**
   * Appends an entry, whose bytes belong to the log from here on. Entries of one calling thread are
   * committed and applied in the order of the calls.
   *
   * @return completes with the entry's index when it is committed on a majority <em>and</em>
   *     applied here; fails with a {@link LogException} that says whether the entry may still be
   *     committed
   */
  CompletableFuture<Long> propose(byte[] entry);

  /** What this replica is now. */
  LogRole role();

  /**
   * For reads that must be current: completes, after a confirmation that no newer leader exists,
   * with an applied index that includes everything acknowledged before the call.
   */
  CompletableFuture<Long> barrier();

  /**
   * Takes a snapshot now and drops the log behind it; completes with the index the latest snapshot
   * contains.
   */
  CompletableFuture<Long> snapshot();

  /** Where the log stands. */
  LogStatus status();

  /**
   * Stops. What is committed is applied first; what is not yet committed fails with {@link
   * LogException.OutcomeUnknown}. The consumer is not called any more once this returns.
   */
  @Override
  void close();
}
