package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.FailureText;
import dev.capstan.security.serial.SerializationFilter;

/** Where the program begins. */
public final class Capstan {
  private Capstan() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Console console = Console.ofSystem();
    int exitCode = guarded(console) ? new Program(console).run(arguments) : ExitCode.MISUSE;
    console.out().flush();
    console.err().flush();
    System.exit(exitCode);
  }

  /** Before anything is read: no library may make objects of what comes from outside. */
  private static boolean guarded(Console console) {
    try {
      SerializationFilter.install();
      return true;
    } catch (IllegalStateException e) {
      int _ =
          new FailureText(console, false)
              .report(
                  CliFailure.misuse(
                      String.valueOf(e.getMessage()),
                      "look at CAPSTAN_JAVA_OPTS and JAVA_TOOL_OPTIONS"));
      return false;
    }
  }
}
