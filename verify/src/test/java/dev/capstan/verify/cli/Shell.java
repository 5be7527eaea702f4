package dev.capstan.verify.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Starts the program as a process of its own, in a directory and with variables of the environment.
 * Only those are set, and what a JVM needs.
 */
final class Shell {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final List<String> INHERITED = List.of("PATH", "HOME", "TMPDIR");

  private final Path directory;
  private final Map<String, String> environment;

  private Shell(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.environment = environment;
  }

  /** A shell in this directory. */
  static Shell in(Path directory) {
    return new Shell(directory, Map.of("LC_ALL", "C.UTF-8"));
  }

  /** With one more variable. */
  Shell with(String variable, String value) {
    Map<String, String> more = new TreeMap<>(environment);
    more.put(variable, value);
    return new Shell(directory, more);
  }

  /** Runs a command to its end. */
  Ended run(String... arguments) {
    try (Started started = start(arguments)) {
      return started.awaitEnd();
    }
  }

  /** Starts a command. */
  Started start(String... arguments) {
    List<String> command = program();
    command.addAll(List.of(arguments));
    return launch(command);
  }

  /** The command line that starts the program. */
  static List<String> program() {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.capstan.cli.Capstan"));
  }

  /** Starts any command line. */
  Started launch(List<String> command) {
    try {
      Path streams = Files.createDirectories(directory.resolve("streams"));
      int number = COUNT.incrementAndGet();
      Path out = streams.resolve(number + ".out");
      Path err = streams.resolve(number + ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().keySet().removeIf(name -> !INHERITED.contains(name));
      builder.environment().putAll(environment);
      return new Started(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
