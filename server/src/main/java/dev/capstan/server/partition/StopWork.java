package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;

/** The partition is to decide nothing after what it was told before. */
final class StopWork implements Work {
  private final Runnable stop;

  StopWork(Runnable stop) {
    this.stop = stop;
  }

  @Override
  public boolean proceed(Turn turn) {
    stop.run();
    return true;
  }

  /** It does not decide, so it need not stop. */
  @Override
  public void refuse(Refusal reason) {
    stop.run();
  }
}
