package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "remove",
    description = {
      "Puts a coordinator out of the cluster: one that is gone for good, or one that stops then.",
      "Its certificate is worth nothing from then on."
    })
final class ClusterRemoveCommand extends RemoteCommand {
  @Parameters(paramLabel = "COORDINATOR", description = "Id of the coordinator.")
  String coordinator = "";

  ClusterRemoveCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    CapstanClient.await(client.removeCoordinator(coordinator));
    console.talk("removed " + coordinator);
    return ExitCode.OK;
  }
}
