package dev.capstan.node.env;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The disk or what is on it can no longer be trusted; the replica that meets this stops serving.
 */
public final class StorageFailure extends RuntimeException {

  /** Stable codes; a code is never reused for another meaning. */
  public enum Code {
    /** No space left on the device, or a quota is used up. */
    DISK_FULL,
    /** A read, write or sync failed. After a failed sync nobody knows what is on the disk. */
    DISK_ERROR,
    /** Bytes on disk are not what was written. */
    CORRUPTION,
    /** The state machine refused a committed entry: a broken invariant. */
    APPLY_FAILED,
    /** The log stopped without being asked to. */
    LOG_STOPPED,
    /** A majority of the replicas has another state than this one. */
    STATE_DIFFERS
  }

  private final Code code;

  public StorageFailure(Code code, String message, @Nullable Throwable cause) {
    super(code + ": " + message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  /** Finds the code for an error of the operating system by looking through its causes. */
  public static StorageFailure of(String doing, Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof StorageFailure known) {
        return known;
      }
      if (t instanceof IOException && tellsDiskFull(t)) {
        return new StorageFailure(Code.DISK_FULL, doing + ": " + t.getMessage(), cause);
      }
    }
    return new StorageFailure(Code.DISK_ERROR, doing + ": " + cause.getMessage(), cause);
  }

  private static boolean tellsDiskFull(Throwable t) {
    String reason = t instanceof FileSystemException f ? f.getReason() : t.getMessage();
    if (reason == null) {
      return false;
    }
    String text = reason.toLowerCase(Locale.ROOT);
    return text.contains("no space left") || text.contains("quota exceeded");
  }
}
