package dev.capstan.server.agreement;

import org.jspecify.annotations.Nullable;

/** Something that is done again and again on a thread of its own, until this is closed. */
public final class Rounds implements AutoCloseable {
  private final String name;
  private @Nullable Thread running;

  /** One round, with the pause before or after it; what it throws ends all rounds. */
  @FunctionalInterface
  public interface Round {
    void take() throws InterruptedException;
  }

  /**
   * @param name of the thread
   */
  public Rounds(String name) {
    this.name = name;
  }

  /** Begins; called once. */
  public void start(Round round) {
    running = Thread.ofVirtual().name(name).start(() -> go(round));
  }

  private static void go(Round round) {
    try {
      while (true) {
        round.take();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns when no round is under way any more. */
  @Override
  public void close() {
    Thread thread = running;
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
