package dev.capstan.worker.process;

import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Programs that go on after their task ({@code await: false}): so many at a time, and never longer
 * than the worker.
 */
final class Background {

  /** Starts a program in a directory. */
  interface Start {
    Launcher.Running in(Path directory) throws IOException, InterruptedException;
  }

  private final Limits limits;
  private final Workspaces workspaces;
  private final Semaphore places;
  private final Set<ProcessTree> running = ConcurrentHashMap.newKeySet();

  Background(Limits limits, Workspaces workspaces) {
    this.limits = limits;
    this.workspaces = workspaces;
    this.places = new Semaphore(limits.backgroundProcesses());
  }

  void start(Start start) throws IOException, InterruptedException {
    if (!places.tryAcquire()) {
      throw new TaskFault(
          ErrorType.RUNTIME.fault(
              "Too many background programs",
              "This node already runs "
                  + limits.backgroundProcesses()
                  + " programs that nobody waits for, its limit."));
    }
    Path directory = null;
    try {
      directory = workspaces.create();
      watch(start.in(directory), directory);
    } catch (IOException | InterruptedException | RuntimeException e) {
      places.release();
      if (directory != null) {
        workspaces.remove(directory);
      }
      throw e;
    }
  }

  private void watch(Launcher.Running program, Path directory) {
    running.add(program.tree());
    var _ =
        program
            .process()
            .onExit()
            .thenAcceptAsync(
                _ -> {
                  program.tree().end(limits.killGrace());
                  running.remove(program.tree());
                  workspaces.remove(directory);
                  places.release();
                },
                action -> Thread.ofVirtual().name("capstan-background-end").start(action));
  }

  void close() {
    running.forEach(tree -> tree.end(limits.killGrace()));
  }
}
