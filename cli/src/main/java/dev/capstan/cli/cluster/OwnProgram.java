package dev.capstan.cli.cluster;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.ExitCode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
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

  private static final String MAIN = "dev.capstan.cli.Capstan";

  /** What a virtual machine must not share with another one, such as a debugger's port, is left. */
  private static final List<String> LIKE_THIS_ONE =
      List.of(
          "-XX:", "-Xlog:", "-Xmx", "--enable-native-access", "--sun-misc-unsafe-memory-access");

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

  /** The launcher, or another virtual machine like this one. */
  private static List<String> program(@Nullable String launcher) {
    if (launcher != null && Files.isExecutable(Path.of(launcher))) {
      return List.of(launcher);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(each -> LIKE_THIS_ONE.stream().anyMatch(each::startsWith))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
    return command;
  }
}
