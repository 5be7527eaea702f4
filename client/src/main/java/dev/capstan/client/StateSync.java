package dev.capstan.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the state of an execution is.
 *
 * @param index of the log; includes everything that was acknowledged before the question
 * @param digest of the state at the index that a majority of the replicas has, hexadecimal; null if
 *     none is known to agree
 * @param inSync whether every replica has that state
 */
public record StateSync(
    String execution,
    int partition,
    long index,
    @Nullable String digest,
    boolean inSync,
    List<Replica> replicas) {

  /**
   * A replica, asked for the state at the index.
   *
   * @param coordinator that holds it
   * @param answers whether it answered in time
   * @param appliedIndex of the last change that it has applied; null if it did not answer
   * @param lag how far that is behind the index; 0 when it has got there
   * @param digest of its state at the index; null if it is not known to have got there
   * @param agrees whether that is what a majority has
   */
  public record Replica(
      String coordinator,
      boolean answers,
      @Nullable Long appliedIndex,
      @Nullable Long lag,
      @Nullable String digest,
      boolean agrees) {}
}
