package dev.capstan.verify.lab;

import dev.capstan.cli.Capstan;
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
    List<String> command = new ArrayList<>(QuickStart.java());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return command;
  }
}
