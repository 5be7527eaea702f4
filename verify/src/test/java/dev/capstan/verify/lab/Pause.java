package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;

/** A process that is stopped by a signal. */
final class Pause implements Fault {
  private final String name;
  private final long pid;
  private final long entrance;
  private final AtomicBoolean healed = new AtomicBoolean();

  Pause(String name, long pid, long entrance) {
    this.name = name;
    this.pid = pid;
    this.entrance = entrance;
    signal("STOP", pid);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(2))
        .until(this::isStopped);
  }

  private boolean isStopped() {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
    } catch (IOException e) {
      throw new UncheckedIOException(name + " is gone", e);
    }
  }

  /** Sends a signal of that name. */
  static void signal(String signal, long pid) {
    try {
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid).inheritIO().start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("process " + pid + " does not take " + signal);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Evidence evidence() {
    return new Evidence(Map.of(name, 1L));
  }

  @Override
  public void heal() {
    if (!healed.compareAndSet(false, true) || !ProcessHandle.of(pid).isPresent()) {
      return;
    }
    signal("CONT", pid);
    // The entrance stops itself when its child does, and must wait for it again.
    signal("CONT", entrance);
  }

  @Override
  public String toString() {
    return "pause of " + name;
  }
}
