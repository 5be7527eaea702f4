package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** Says whether a coordinator may lead. */
abstract class ClusterDrainCommand extends RemoteCommand {
  @Parameters(paramLabel = "COORDINATOR", description = "Id of the coordinator.")
  String coordinator = "";

  private ClusterDrainCommand(Console console) {
    super(console);
  }

  @CommandLine.Command(
      name = "drain",
      description = {
        "Lets a coordinator lead no more while another one can: what it leads is handed over now.",
        "It goes on to replicate. Good before its machine is stopped or updated."
      })
  static final class Drain extends ClusterDrainCommand {
    Drain(Console console) {
      super(console);
    }

    @Override
    int ask(CapstanClient client) {
      CapstanClient.await(client.drainCoordinator(coordinator));
      console.talk(coordinator + " leads no more while another one can");
      return ExitCode.OK;
    }
  }

  @CommandLine.Command(name = "undrain", description = "Lets a coordinator lead again.")
  static final class Undrain extends ClusterDrainCommand {
    Undrain(Console console) {
      super(console);
    }

    @Override
    int ask(CapstanClient client) {
      CapstanClient.await(client.undrainCoordinator(coordinator));
      console.talk(coordinator + " may lead again");
      return ExitCode.OK;
    }
  }
}
