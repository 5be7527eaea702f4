package dev.capstan.cli;

import dev.capstan.cli.live.RemoteSource;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "watch",
    description = {
      "Shows an execution as it happens, from its beginning to its end, and prints its output.",
      "Exit code as of run."
    })
final class WatchCommand extends RemoteCommand {
  @Parameters(paramLabel = "ID", description = "Id of the execution.")
  String id = "";

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "Watches no longer, such as 30s.")
  @Nullable String timeout;

  WatchCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws InterruptedException {
    Execution now = CapstanClient.await(client.execution(id));
    Follower follower = new Follower(console, new RemoteSource(client), false, null);
    return follower.follow(
        id,
        now.workflow().name(),
        _ -> false,
        wantsJson(),
        timeout == null ? null : Times.parse(timeout));
  }
}
