package dev.capstan.verify.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A process in a host. Its standard output is read to its end, so that it never blocks on it. */
public final class HostProcess {
  /** Ends a test that hangs. On a machine that is full, the start of a JVM takes a minute. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Stands for the end of the output; compared by identity. */
  @SuppressWarnings("StringOperationCanBeSimplified")
  private static final String END = new String("end of output");

  private final String name;
  private final Process entrance;
  private final ProcessHandle itself;
  private final Writer input;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  /** The entrance is a process that went into the namespaces and waits there for its child. */
  HostProcess(String name, Process entrance) {
    this.name = name;
    this.entrance = entrance;
    this.input = entrance.outputWriter(StandardCharsets.UTF_8);
    this.itself = Namespaces.child(entrance);
    Thread.ofPlatform().daemon().name("output of " + name).start(this::read);
  }

  private void read() {
    try (BufferedReader output = entrance.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("reading failed: " + e);
    }
    lines.add(END);
  }

  /** Its process id, as this JVM sees it. */
  public long pid() {
    return itself.pid();
  }

  /** Whether it runs, or is stopped, but has not ended. */
  public boolean isAlive() {
    return itself.isAlive();
  }

  /** Writes a line to its standard input. */
  public void tell(String line) {
    try {
      input.write(line + "\n");
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " takes no input", e);
    }
  }

  /** Whether it has said something that was not read yet. */
  boolean hasLine() {
    return !lines.isEmpty();
  }

  /**
   * The next line of its standard output, waiting for it.
   *
   * @throws AssertionError when the output ends, or nothing comes for three minutes
   */
  public String line() {
    return line(_ -> true);
  }

  /**
   * The next line of its standard output that is wanted; those before it are dropped.
   *
   * @throws AssertionError when the output ends, or nothing comes for three minutes
   */
  public String line(Predicate<String> wanted) {
    try {
      while (true) {
        String line = lines.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (line == null) {
          throw new AssertionError(name + " said nothing for " + PATIENCE + "; " + condition());
        }
        if (isEnd(line)) {
          lines.add(line);
          throw new AssertionError(name + " ended before it said what was wanted; see its log");
        }
        if (wanted.test(line)) {
          return line;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What it does, for whoever waits for it in vain: as the kernel sees it, and its own threads. */
  private String condition() throws InterruptedException {
    StringBuilder text = new StringBuilder();
    for (String part : List.of("cmdline", "stat", "wchan")) {
      try {
        text.append(Files.readString(Path.of("/proc", Long.toString(pid()), part)).strip());
      } catch (IOException e) {
        text.append(e);
      }
      text.append('\n');
    }
    Pause.signal("QUIT", pid());
    for (String line = ""; line != null && !isEnd(line); line = lines.poll(2, TimeUnit.SECONDS)) {
      text.append(line).append('\n');
    }
    return text.toString();
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean isEnd(String line) {
    return line == END;
  }

  /** Kills it as the kernel does: no hook runs, nothing is flushed. Its children live on. */
  public void kill() {
    itself.destroyForcibly();
    awaitEnd();
  }

  /** Asks it to end, as an init system does, and waits for that. */
  public void terminate() {
    itself.destroy();
    awaitEnd();
  }

  /** Waits until it has ended by itself. */
  public void awaitEnd() {
    try {
      if (!entrance.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(name + ", process " + pid() + ", does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Stops all its threads until the fault is healed; its connections stay, and answer nothing.
   * Returns when the kernel says that it is stopped.
   */
  public Fault pause() {
    return new Pause(name, itself.pid(), entrance.pid());
  }

  @Override
  public String toString() {
    return name + " (process " + pid() + ")";
  }
}
