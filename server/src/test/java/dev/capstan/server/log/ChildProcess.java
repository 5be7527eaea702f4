package dev.capstan.server.log;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Runs {@link LogChild} and listens to it. */
final class ChildProcess {
  private final Process process;
  private final Thread listener;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicReference<String> failure = new AtomicReference<>("");

  private ChildProcess(Process process) {
    this.process = process;
    listener = Thread.ofPlatform().daemon().start(this::listen);
  }

  /**
   * Starts the child.
   *
   * @param prefix a command that the child's command is given to; may be empty
   */
  static ChildProcess start(Path root, List<String> prefix) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            LogChild.class.getName(),
            root.toString()));
    return new ChildProcess(
        new ProcessBuilder(command)
            .redirectError(root.resolveSibling("child.log").toFile())
            .start());
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (line.startsWith("ack ")) {
          acknowledged.set(Long.parseLong(line.substring(4)));
        } else if (line.startsWith("failed ")) {
          failure.set(line.substring(7));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Highest sequence that was acknowledged so far. */
  long acknowledged() {
    return acknowledged.get();
  }

  /** Code of the failure the child told of; empty for none. */
  String failure() {
    return failure.get();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Kills the child, and whatever runs below it, as {@code kill -9} does; waits until all it said
   * has been heard.
   */
  void kill() throws InterruptedException {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle handle : all) {
      handle.onExit().join();
    }
    listener.join();
  }
}
