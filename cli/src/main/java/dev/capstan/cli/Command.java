package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/**
 * What all commands share. {@link #call} answers the exit code; failures are exceptions that {@link
 * Program} puts into words.
 */
abstract class Command implements Callable<Integer> {
  final Console console;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  boolean help;

  @Option(names = "--debug", description = "Shows details of failures.")
  boolean debug;

  Command(Console console) {
    this.console = console;
  }
}
