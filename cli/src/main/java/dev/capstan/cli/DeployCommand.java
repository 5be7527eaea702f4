package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Definition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "deploy",
    description =
        "Deploys definitions: from then on they can be started by name, and their schedules run.")
final class DeployCommand extends RemoteCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Definitions in YAML or JSON; - reads standard input.")
  List<String> files = new ArrayList<>();

  DeployCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws IOException {
    List<DefinitionFile> checked = new ArrayList<>();
    for (String name : files) {
      DefinitionFile file = DefinitionFile.read(console, name);
      var _ = file.require(console);
      checked.add(file);
    }
    List<Definition> deployed = new ArrayList<>();
    for (DefinitionFile file : checked) {
      Definition definition = CapstanClient.await(client.deploy(file.text(), file.name()));
      deployed.add(definition);
      if (!wantsJson()) {
        console.data(
            (console.unicode() ? "✔ " : "ok ")
                + definition.namespace()
                + "/"
                + definition.name()
                + "@"
                + definition.version());
      }
    }
    if (wantsJson()) {
      json(deployed);
    }
    return ExitCode.OK;
  }
}
