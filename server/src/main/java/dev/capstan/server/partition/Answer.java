package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;

/** Somebody who waits until what was decided is durable. */
interface Answer {

  /** At the end of the turn: the last moment to look at the state that the answer is about. */
  default void sealed() {}

  /** Everything decided up to the answer is durable and applied, at this index of the log. */
  void committed(long index);

  /** It is not, or nobody knows. */
  void refused(Refusal reason);
}
