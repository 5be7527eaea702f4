package dev.capstan.worker.executor;

import java.util.List;

/**
 * Carries out attempts of some kinds of task. Built-in kinds, later kinds and functions of users
 * all come in through it.
 *
 * <p>One executor serves many attempts at a time, each on its own virtual thread, so it must be
 * safe for concurrent use.
 */
public interface Executor extends AutoCloseable {

  /**
   * The kinds this node can run, such as {@code call:http}. Asked once, when the worker is built; a
   * kind whose program is missing on this node must not be listed.
   */
  List<String> kinds();

  /**
   * Runs one attempt to its end and says how it ended.
   *
   * <p>Cancelling an attempt interrupts the calling thread; an executor answers by throwing (any
   * exception) or by returning. Whatever is thrown becomes a fault of the attempt, or its
   * cancellation if it was cancelled, and never harms the worker.
   *
   * @throws Exception a {@link TaskFault} to say precisely what went wrong; anything else becomes a
   *     {@code runtime} fault
   */
  Outcome run(Attempt attempt) throws Exception;

  /** Gives up what outlives single attempts. Called once, after the last attempt has ended. */
  @Override
  default void close() {}
}
