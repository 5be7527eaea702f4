package dev.capstan.cli;

import dev.capstan.cli.graph.Diagram;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "graph",
    description =
        "Draws a definition: its tasks and every way that the flow can take. Needs no server.")
final class GraphCommand extends Command {
  @Parameters(
      paramLabel = "FILE",
      description = "Definition in YAML or JSON; - reads standard input.")
  String file = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "mermaid or svg; without it as --to ends, else mermaid.")
  @Nullable Format format;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "Writes to a file; without it to standard output.")
  @Nullable String to;

  /** What a diagram is written as; the names are the words of {@code --format}. */
  enum Format {
    mermaid,
    svg
  }

  GraphCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    Diagram diagram = Diagram.of(DefinitionFile.read(console, file).require(console));
    String text =
        switch (wanted()) {
          case mermaid -> diagram.mermaid();
          case svg -> diagram.svg();
        };
    new TargetFile(console, to).write(text);
    return ExitCode.OK;
  }

  private Format wanted() {
    if (format != null) {
      return format;
    }
    return to != null && to.toLowerCase(Locale.ROOT).endsWith(".svg") ? Format.svg : Format.mermaid;
  }
}
