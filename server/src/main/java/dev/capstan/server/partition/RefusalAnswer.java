package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;

/** A refusal that waits like any answer, since what it says may not be committed yet. */
record RefusalAnswer(Work work, Refusal refusal) implements Answer {
  @Override
  public void committed(long index) {
    work.refuse(refusal);
  }

  @Override
  public void refused(Refusal reason) {
    work.refuse(reason);
  }
}
