package dev.capstan.verify.cli;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A process of the program. Closing it kills it, if it is still there. */
final class Started implements AutoCloseable {
  /** Ends a test that hangs. On a machine that is full, what takes seconds takes a minute. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Process process;
  private final Path out;
  private final Path err;

  Started(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Standard output so far. */
  String out() {
    return read(out);
  }

  /** Standard error so far. */
  String err() {
    return read(err);
  }

  /** Waits until standard error holds a text. */
  void awaitTalk(String text) {
    awaitUntil("talk of " + text, () -> err().contains(text));
  }

  /** Waits for something that this process brings about; fails when the process ends without it. */
  void awaitUntil(String what, BooleanSupplier condition) {
    await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          boolean alive = process.isAlive();
          if (condition.getAsBoolean()) {
            return true;
          }
          if (!alive) {
            throw new IllegalStateException(
                "ended with " + process.exitValue() + " before " + what + ":\n" + out() + err());
          }
          return false;
        });
  }

  /** Waits for the end. */
  Ended awaitEnd() {
    return awaitEnd(PATIENCE);
  }

  /** Waits for the end of what may take longer than most, where others use the machine too. */
  Ended awaitEnd(Duration atMost) {
    try {
      if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("process " + pid() + " does not end:\n" + out() + err());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return new Ended(process.exitValue(), out(), err());
  }

  /** Ctrl-C. */
  Ended interrupt() {
    signal("INT");
    return awaitEnd();
  }

  /** Asks the process to end, as an init system does. */
  Ended terminate() {
    signal("TERM");
    return awaitEnd();
  }

  /** Sends a signal, such as TERM; does not wait for what comes of it. */
  void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Kills the process as the kernel does: no hook runs, nothing is flushed. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
