package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "completion",
    description = {
      "Prints a script that completes commands and options.",
      "bash: source <(capstan completion bash)     zsh: autoload -U bashcompinit && bashcompinit && source <(capstan completion zsh)"
    })
final class CompletionCommand extends Command {
  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  String shell = "";

  CompletionCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw CliFailure.misuse("there is no completion for \"" + shell + "\"", "bash or zsh");
    }
    CommandLine all = new CommandLine(new Whole());
    for (Commands.Entry entry : Commands.ALL) {
      all.addSubcommand(entry.name(), withSecondWords(entry.name()));
    }
    console.data(AutoComplete.bash("capstan", all).stripTrailing());
    return ExitCode.OK;
  }

  private CommandLine withSecondWords(String name) {
    CommandLine command =
        new CommandLine(
            Commands.needsSecondWord(name) ? new Whole() : Commands.create(name, console));
    for (String pair : Commands.PAIRS) {
      if (pair.startsWith(name + " ")) {
        command.addSubcommand(pair.substring(name.length() + 1), Commands.create(pair, console));
      }
    }
    return command;
  }

  @CommandLine.Command
  private static final class Whole {}
}
