package dev.capstan.server.log;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What a log drives: the state of one group. Calls come one at a time, but for {@link #checkpoint}
 * and {@link #failed}, and none comes before the log's opening call has begun or after {@code
 * close} has returned.
 */
public interface LogConsumer {

  /**
   * The index of the last entry that is in the durable state, -1 for none. Asked once, at start:
   * entries up to it are not applied again.
   */
  long appliedIndex();

  /**
   * A committed entry; indexes grow, and may leave gaps where the log keeps entries of its own.
   * Must not throw for bad content: whatever is thrown stops this replica.
   *
   * @param entry read-only, valid during the call only
   */
  void apply(long index, ByteBuffer entry);

  /** This replica leads from now on; everything committed in earlier terms has been applied. */
  void becameLeader(long term);

  /**
   * This replica leads no more. Follows each {@link #becameLeader} unless the log is closed or
   * fails meanwhile.
   */
  void becameFollower(long term);

  /**
   * Writes a consistent copy of the state to a directory that does not exist yet, and makes both
   * the copy and the live state durable up to the copy's index: the log before it may be dropped.
   * Called while {@link #apply} goes on.
   *
   * @return the applied index that the copy contains
   */
  long checkpoint(Path directory);

  /**
   * Replaces the whole state by a copy that {@link #checkpoint} wrote, here or on another replica.
   */
  void install(Path directory);

  /**
   * The log can't go on: a failed sync, a full disk, corruption, or an exception out of {@link
   * #apply}. Comes at most once, from any thread. Stop serving, and say why.
   */
  void failed(Throwable cause);
}
