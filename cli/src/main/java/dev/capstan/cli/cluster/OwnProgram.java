package dev.capstan.cli.cluster;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts this program again, as a process of its own. */
public final class OwnProgram {
  /** The variable of the environment that says where the launcher is. */
  public static final String VARIABLE = "CAPSTAN_PROGRAM";

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private OwnProgram() {}

  /**
   * Starts it in a session of its own, so that Ctrl-C on this terminal does not reach it.
   *
   * @param log takes what it prints
   * @param environment of this process, which says where the program is
   */
  public static Process start(Map<String, String> environment, List<String> arguments, Path log) {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      command.add(SETSID.toString());
    }
    command.addAll(program(environment.get(VARIABLE)));
    command.addAll(arguments);
    try {
      ProcessBuilder program =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .redirectErrorStream(true);
      program.environment().putAll(environment);
      return program.start();
    } catch (IOException e) {
      throw new CliFailure(
          ExitCode.FAILED, null, "can't start " + command.getFirst() + ": " + e.getMessage(), null);
    }
  }

  /** The launcher, or what it would start. */
  private static List<String> program(@Nullable String launcher) {
    if (launcher != null && Files.isExecutable(Path.of(launcher))) {
      return List.of(launcher);
    }
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:MetaspaceSize=128m",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.capstan.cli.Capstan");
  }
}
