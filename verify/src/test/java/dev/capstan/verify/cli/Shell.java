package dev.capstan.verify.cli;

import dev.capstan.verify.lab.QuickStart;
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
  private static final List<String> INHERITED =
      List.of("PATH", "HOME", "TMPDIR", "CAPSTAN_WARM_UP");
  private static final List<String> INTERRUPTIBLE = interruptible();

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
    List<String> command = QuickStart.command();
    command.add("dev.capstan.cli.Capstan");
    return command;
  }

  /**
   * What lets a program be interrupted although whoever runs the tests ignores interrupts, as
   * commands in the background of a script do; empty where nothing does.
   */
  private static List<String> interruptible() {
    List<String> way = List.of("/usr/bin/env", "--default-signal=INT");
    try {
      List<String> trial = new ArrayList<>(way);
      trial.add("true");
      return new ProcessBuilder(trial).start().waitFor() == 0 ? way : List.of();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  /** Starts any command line. */
  Started launch(List<String> arguments) {
    List<String> command = new ArrayList<>(INTERRUPTIBLE);
    command.addAll(arguments);
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
