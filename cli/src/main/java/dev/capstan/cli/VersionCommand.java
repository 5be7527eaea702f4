package dev.capstan.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "version",
    description = "Prints the version of the program, of Java and of the DSL.")
final class VersionCommand extends Command {
  private static final String DSL = "1.0";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text or json.")
  OutputFormat output = OutputFormat.text;

  VersionCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    String java = Runtime.version().toString();
    if (output == OutputFormat.json) {
      console.data(
          JsonText.pretty(
              JsonNodeFactory.instance
                  .objectNode()
                  .put("version", Version.text())
                  .put("java", java)
                  .put("dsl", DSL)));
    } else {
      console.data(
          "capstan " + Version.text() + " (Java " + java + ", Open Workflow DSL " + DSL + ".x)");
    }
    return ExitCode.OK;
  }
}
