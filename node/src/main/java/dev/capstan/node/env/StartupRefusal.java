package dev.capstan.node.env;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * The server will not start on this data, and says why. Starting anyway could lose or fork
 * acknowledged work, so there is no way to force it from here: {@link #remedy()} says what an
 * operator can do.
 */
public final class StartupRefusal extends RuntimeException {

  /** Stable codes; a code is never reused for another meaning. */
  public enum Code {
    /** Another living process holds the data directory. */
    DIRECTORY_LOCKED,
    /** The data directory can't be created, read or written. */
    DIRECTORY_UNUSABLE,
    /** The data directory belongs to another node or cluster. */
    DIRECTORY_FOREIGN,
    /** The identity file is missing beside data, or damaged. */
    IDENTITY_DAMAGED,
    /** The data was written by a newer version. */
    FORMAT_NEWER,
    /** Less free space than the configured floor. */
    SPACE_LOW,
    /** A log file is damaged where acknowledged entries may be. */
    LOG_DAMAGED,
    /** A log file between others is missing, or all are missing while the store has state. */
    LOG_MISSING,
    /** A coordinator that had a log has none, and its store is gone with it. */
    LOG_LOST,
    /** The log ends before the last entry the store has applied. */
    LOG_BEHIND_STORE,
    /**
     * The log starts after the first entry the store still needs, and no snapshot fills the gap.
     */
    STORE_BEHIND_LOG,
    /** The log's vote and term file is missing, damaged or older than the log. */
    VOTE_DAMAGED,
    /** The store is damaged. */
    STORE_DAMAGED,
    /** The data directory holds a group this node does not know. */
    GROUP_UNKNOWN,
    /** The log did not start for another reason; the cause tells it. */
    LOG_START_FAILED,
    /** A value of the configuration can't work. */
    CONFIGURATION_INVALID,
    /** The file of secrets can't be read, or is no map of names and values. */
    SECRETS_UNREADABLE,
    /** The address to listen on can't be had. */
    ADDRESS_UNAVAILABLE,
    /** Nothing failed, but the partition does not serve. */
    NOT_READY_IN_TIME,
    /** The node belongs to no cluster yet. */
    NOT_JOINED,
    /** Another process runs under the name of this node, with its keys. */
    RUNS_ELSEWHERE,
    /** Keys or certificates of the node can't be read, or others may read them. */
    KEYS_UNUSABLE,
    /** The node's certificate is over, so no coordinator lets it in. */
    CERTIFICATE_OVER
  }

  private final Code code;
  private final String what;
  private final String why;
  private final String remedy;

  /**
   * @param what what was found, with file names and numbers
   * @param why why that prevents a start
   * @param remedy what an operator can do
   */
  public StartupRefusal(
      Code code, String what, String why, String remedy, @Nullable Throwable cause) {
    super(code + ": " + what + ". " + why + ". What to do: " + remedy + ".", cause);
    this.code = code;
    this.what = what;
    this.why = why;
    this.remedy = remedy;
  }

  public Code code() {
    return code;
  }

  public String what() {
    return what;
  }

  public String why() {
    return why;
  }

  public String remedy() {
    return remedy;
  }

  /** Why a file can't be read, in words. */
  public static String reason(IOException failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "it is not there";
      case AccessDeniedException _ -> "no permission";
      case FileSystemException file when file.getReason() != null -> file.getReason();
      default -> String.valueOf(failure.getMessage());
    };
  }
}
