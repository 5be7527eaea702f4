package dev.capstan.verify.lab;

import dev.capstan.cli.Capstan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of another JVM like this one, with its class path. */
final class JavaCommand {
  private JavaCommand() {}

  static List<String> of(Class<?> main, List<String> options, List<String> arguments) {
    if (main.equals(Capstan.class)) {
      List<String> program = QuickStart.command();
      program.addAll(options);
      program.add(main.getName());
      program.addAll(arguments);
      return program;
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            // Their files are named by process id, and processes of different labs may have the
            // same one.
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return command;
  }
}
