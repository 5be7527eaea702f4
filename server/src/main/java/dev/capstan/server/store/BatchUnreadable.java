package dev.capstan.server.store;

/** Bytes that are no batch this version can read. */
public final class BatchUnreadable extends RuntimeException {

  /** What is wrong with the bytes. */
  public enum Reason {
    /** Not what was written. */
    DAMAGED,
    /** Written by a newer version. */
    NEWER
  }

  private final Reason reason;

  BatchUnreadable(Reason reason, String what) {
    super("unreadable batch (" + reason + "): " + what);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
