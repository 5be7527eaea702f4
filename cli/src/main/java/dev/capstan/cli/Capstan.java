package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;

/** Where the program begins. */
public final class Capstan {
  private Capstan() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Console console = Console.ofSystem();
    int exitCode = new Program(console).run(arguments);
    console.out().flush();
    console.err().flush();
    System.exit(exitCode);
  }
}
