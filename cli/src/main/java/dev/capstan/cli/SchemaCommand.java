package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.dsl.EditorSchema;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "schema",
    description =
        "Prints a JSON schema of definitions for editors: the language's own, with what this engine knows under metadata.capstan.")
final class SchemaCommand extends Command {
  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "Writes to a file; without it to standard output.")
  @Nullable String to;

  SchemaCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    new TargetFile(console, to).write(JsonText.pretty(EditorSchema.read()));
    return ExitCode.OK;
  }
}
