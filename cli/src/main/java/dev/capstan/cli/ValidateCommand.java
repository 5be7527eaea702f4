package dev.capstan.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.cli.terminal.Style;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.model.Definition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "validate",
    description =
        "Checks definitions and shows what is wrong with them, with line and column. Needs no server.")
final class ValidateCommand extends Command {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Definitions in YAML or JSON; - reads standard input.")
  List<String> files = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text or json.")
  OutputFormat output = OutputFormat.text;

  ValidateCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    List<DefinitionFile> checked = new ArrayList<>();
    for (String name : files) {
      checked.add(DefinitionFile.read(console, name));
    }
    if (output == OutputFormat.json) {
      console.data(JsonText.pretty(json(checked)));
    } else {
      checked.forEach(this::show);
    }
    return checked.stream().allMatch(DefinitionFile::isValid) ? ExitCode.OK : ExitCode.MISUSE;
  }

  private void show(DefinitionFile file) {
    if (file.result() instanceof LoadResult.Loaded loaded) {
      console.data(console.colourOut() ? Style.GOOD.paint(summary(loaded), true) : summary(loaded));
    }
    if (!file.diagnostics().isEmpty()) {
      console.data(file.rendered());
    }
  }

  private String summary(LoadResult.Loaded loaded) {
    Definition definition = loaded.definition();
    int tasks = DefinitionFile.tasks(definition).size();
    int warnings = loaded.warnings().size();
    return String.join(
        console.unicode() ? " · " : ", ",
        (console.unicode() ? "✔ " : "ok ")
            + definition.document().namespace()
            + "/"
            + definition.document().name()
            + " "
            + definition.document().version(),
        tasks + (tasks == 1 ? " task" : " tasks"),
        "DSL " + definition.document().dsl(),
        warnings == 0 ? "no warnings" : warnings + (warnings == 1 ? " warning" : " warnings"));
  }

  private static ObjectNode json(List<DefinitionFile> checked) {
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    ArrayNode all = result.putArray("files");
    for (DefinitionFile file : checked) {
      ObjectNode one = all.addObject().put("file", file.name()).put("valid", file.isValid());
      ArrayNode diagnostics = one.putArray("diagnostics");
      file.diagnostics().forEach(diagnostic -> diagnostics.add(json(diagnostic)));
    }
    return result;
  }

  private static ObjectNode json(Diagnostic diagnostic) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("severity", diagnostic.severity().name().toLowerCase(Locale.ROOT))
            .put("code", diagnostic.code())
            .put("message", diagnostic.message())
            .put("pointer", diagnostic.pointer())
            .put("line", diagnostic.line())
            .put("column", diagnostic.column());
    if (diagnostic.hint() != null) {
      node.put("hint", diagnostic.hint());
    }
    return node;
  }
}
