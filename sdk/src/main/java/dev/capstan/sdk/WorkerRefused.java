package dev.capstan.sdk;

import org.jspecify.annotations.Nullable;

/** A worker can't start, or its cluster does not want it; the message says why and what to do. */
public final class WorkerRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WorkerRefused(String why, String remedy, @Nullable Throwable cause) {
    super(why + ". What to do: " + remedy, cause);
  }
}
