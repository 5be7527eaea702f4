package dev.capstan.verify.simulation;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Code of a process that waits, in virtual time: it has a thread of its own, and either that runs
 * or the simulation. One that waits when its process dies goes no further.
 */
final class BlockingThread implements Executor {
  private final SimulatedProcess process;
  private final Set<Strand> waiting = new HashSet<>();
  private @Nullable Strand running;

  BlockingThread(SimulatedProcess process) {
    this.process = process;
  }

  private static final class Strand {
    private final Semaphore goesOn = new Semaphore(0);
    private final Semaphore stands = new Semaphore(0);
    private volatile boolean dead;
  }

  /** Runs code until it waits, or to its end. */
  @Override
  public void execute(Runnable code) {
    Strand strand = new Strand();
    Thread.ofVirtual()
        .start(() -> {
          strand.goesOn.acquireUninterruptibly();
          try {
            code.run();
          } finally {
            strand.stands.release();
          }
        });
    goOn(strand);
  }

  private void goOn(Strand strand) {
    Strand before = running;
    running = strand;
    strand.goesOn.release();
    strand.stands.acquireUninterruptibly();
    running = before;
  }

  /**
   * Waits until something is done, however; for code that runs in here.
   *
   * @return whether it is done well
   */
  boolean await(CompletableFuture<?> future) {
    Strand strand = running;
    if (strand == null) {
      throw new IllegalStateException("the simulation itself can't wait");
    }
    if (!future.isDone()) {
      int life = process.life();
      waiting.add(strand);
      var _ = future.whenComplete((_, _) -> process.after(0, () -> wake(strand, life)));
      strand.stands.release();
      strand.goesOn.acquireUninterruptibly();
      if (strand.dead) {
        throw new IllegalStateException(process.name() + " is dead");
      }
    }
    return !future.isCompletedExceptionally();
  }

  private void wake(Strand strand, int life) {
    if (life == process.life() && waiting.remove(strand)) {
      goOn(strand);
    }
  }

  /** The process has died. */
  void end() {
    Set<Strand> dead = Set.copyOf(waiting);
    waiting.clear();
    dead.forEach(strand -> {
      strand.dead = true;
      goOn(strand);
    });
  }
}
