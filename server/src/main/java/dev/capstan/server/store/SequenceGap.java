package dev.capstan.server.store;

/**
 * A batch that does not follow the last one: a broken invariant, after which the store must not go
 * on.
 */
public final class SequenceGap extends RuntimeException {
  SequenceGap(long expected, long found, long index) {
    super("batch " + found + " at log index " + index + " where batch " + expected + " must be");
  }
}
