package dev.capstan.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The processes that this one comes from. */
final class Ancestors {
  /** A shell, a launcher and the node at most. */
  private static final int GENERATIONS = 3;

  private Ancestors() {}

  /**
   * Returns when one of the nearest has ended: a process that outlives them is an orphan, whoever
   * its parent is by then.
   */
  static void awaitEnd() {
    List<CompletableFuture<ProcessHandle>> ends = new ArrayList<>();
    Optional<ProcessHandle> next = ProcessHandle.current().parent();
    while (next.isPresent() && next.get().pid() > 1 && ends.size() < GENERATIONS) {
      ends.add(next.get().onExit());
      next = next.get().parent();
    }
    CompletableFuture.anyOf(ends.toArray(CompletableFuture[]::new)).join();
  }
}
