package dev.capstan.verify.crash;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link CrashNode} seen from the process that started it. */
final class Victim implements AutoCloseable {
  private final Process process;
  private final int port;

  private Victim(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static Victim start(Path data, Path work, Path log) throws IOException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx512m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    System.getProperty("java.class.path"),
                    CrashNode.class.getName(),
                    data.toString(),
                    work.toString()))
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

  /** Kills the process as the kernel does: no hook runs, nothing is flushed. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("process " + process.pid() + " does not die");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
