package dev.capstan.cli;

import dev.capstan.cli.layout.CanonicalLayout;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "fmt",
    description = {
      "Lays out definitions: indentation, order of keys, spaces. Comments and meaning stay. Needs no server.",
      "Ends with 2 when a file is not a valid definition, which is then left as it is."
    })
final class FmtCommand extends Command {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Definitions in YAML; - reads standard input and writes to standard output.")
  List<String> files = new ArrayList<>();

  @Option(
      names = "--check",
      description = "Changes nothing; ends with 1 when something would change, and names it.")
  boolean check;

  FmtCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    int changed = 0;
    boolean valid = true;
    for (String name : files) {
      DefinitionFile file = DefinitionFile.read(console, name);
      if (file.result() instanceof LoadResult.Loaded loaded) {
        changed += lay(file, loaded.definition()) ? 1 : 0;
      } else {
        console.talk(file.rendered());
        valid = false;
      }
    }
    if (!valid) {
      return ExitCode.MISUSE;
    }
    return check && changed > 0 ? ExitCode.FAILED : ExitCode.OK;
  }

  /** Whether the file was not in its layout. */
  private boolean lay(DefinitionFile file, Definition definition) throws IOException {
    String name = file.name();
    if (name.toLowerCase(Locale.ROOT).endsWith(".json")) {
      throw CliFailure.misuse(name + " is JSON", "the layout is one of YAML");
    }
    String text = CanonicalLayout.of(file.text());
    requireSame(file, definition, text);
    boolean changes = !text.equals(file.text());
    if (name.equals("-") && !check) {
      console.data(text.stripTrailing());
    } else if (changes) {
      console.data(name);
      write(name, text);
    }
    return changes;
  }

  private void write(String name, String text) throws IOException {
    Path path = console.resolve(name);
    if (!check) {
      Files.writeString(path, text, StandardCharsets.UTF_8);
    }
  }

  /** A layout that says something else, or that a second time would change, is never written. */
  private static void requireSame(DefinitionFile file, Definition definition, String text) {
    boolean means =
        new DefinitionLoader().load(text, file.name()) instanceof LoadResult.Loaded loaded
            && loaded.definition().hash().equals(definition.hash());
    if (!means
        || !CanonicalLayout.comments(text).equals(CanonicalLayout.comments(file.text()))
        || !CanonicalLayout.of(text).equals(text)) {
      throw new CliFailure(
          ExitCode.FAILED,
          null,
          file.name()
              + " can't be laid out without changing its "
              + (means ? "comments" : "meaning"),
          "it is left as it is; write what is unusual in it another way");
    }
  }
}
