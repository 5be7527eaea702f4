package dev.capstan.server.store;

/** The order of a scan. */
public enum Direction {
  /** From the smallest key. */
  FORWARD,
  /** From the largest key. */
  BACKWARD
}
