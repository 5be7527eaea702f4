package dev.capstan.server.post;

import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Calls to other coordinators and answers to theirs, for which nobody waits. Any thread. */
public interface PeerCalls {
  /**
   * Asks another coordinator; returns at once.
   *
   * @param node whom
   * @return completes with the answer; fails with an {@link IOException} when none came in time, or
   *     the other one refused: it may have done what it was asked for, or do it later
   */
  CompletableFuture<byte[]> call(
      String node, PeerNetwork.Call call, byte[] request, Duration atMost);

  /** Answers calls of a kind from now on. */
  void answer(PeerNetwork.Call call, Answers answers);

  /** Answers calls of one kind. */
  @FunctionalInterface
  interface Answers {
    /**
     * The answer, in time; where it fails, the caller hears that, but not why.
     *
     * @throws IOException if there is none
     */
    CompletableFuture<byte[]> answer(byte[] request) throws IOException;
  }
}
