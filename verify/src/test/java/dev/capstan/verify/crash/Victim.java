package dev.capstan.verify.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.verify.lab.QuickStart;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A {@link CrashNode} seen from the process that started it. */
final class Victim implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final Process process;
  private final int port;

  private Victim(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static Victim start(Path data, Path work, Path log) throws IOException {
    List<String> command = QuickStart.commandWithTests();
    command.addAll(
        List.of("-Xmx512m", CrashNode.class.getName(), data.toString(), work.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("ready ")) {
        return new Victim(process, Integer.parseInt(line.substring("ready ".length())));
      }
    }
    throw new IOException("the node ended before it was ready; see " + log);
  }

  int port() {
    return port;
  }

  /**
   * Stops the process; returns when none of its threads is in the middle of a call of the kernel.
   */
  void pause() throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).as("stopping process %s", process.pid()).isZero();
    await().atMost(LONGEST).pollInterval(Duration.ofMillis(1)).until(this::isStopped);
  }

  private boolean isStopped() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : threads.toList()) {
        String line = stat(thread);
        // The name before the state stands in parentheses and may contain them.
        if (!line.isEmpty() && line.charAt(line.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
    }
    return true;
  }

  /** Empty for a thread that has ended since it was listed. */
  private static String stat(Path thread) {
    try {
      return Files.readString(thread.resolve("stat"));
    } catch (IOException ended) {
      return "";
    }
  }

  /** Kills the process as the kernel does: no hook runs, nothing is flushed. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("process " + process.pid() + " does not die");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
