package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;

/** Something for the partition's thread to do. */
interface Work {

  /**
   * Does it, or a part of it.
   *
   * @return false if the batch is full and there is more to do
   * @throws Refusal if it can't be done; nothing has been changed by the part that throws
   * @throws Poisoned likewise, because of a failure of ours
   */
  boolean proceed(Turn turn);

  /** It won't be done, or not to the end. */
  void refuse(Refusal reason);

  /** Its size in the inbox, in bytes of JSON. */
  default long bytes() {
    return 0;
  }
}
