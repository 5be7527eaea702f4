package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.JoinToken;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "join-token",
    description = {
      "Makes a token that lets one machine join the cluster, once. Prints it alone, so that a",
      "script can take it. Whoever has it can join: give it over a safe way."
    })
final class JoinTokenCommand extends RemoteCommand {
  @Option(
      names = "--role",
      required = true,
      paramLabel = "ROLE",
      description = "What the machine becomes: coordinator or worker.")
  String role = "";

  @Option(names = "--node", description = "The only node that may use it; any without it.")
  @Nullable String node;

  @Option(
      names = "--life",
      paramLabel = "TIME",
      description = "How long it can be used, such as 15m, which it is without it; at most 24h.")
  String life = "15m";

  JoinTokenCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    if (!role.equals("coordinator") && !role.equals("worker")) {
      throw CliFailure.misuse("--role is \"" + role + "\"", "it is coordinator or worker");
    }
    JoinToken token = CapstanClient.await(client.invite(role, node, duration()));
    if (wantsJson()) {
      json(token);
      return ExitCode.OK;
    }
    console.data(token.token());
    String command = role.equals("worker") ? "capstan worker" : "capstan server";
    console.talk(
        "for one " + role + ", until " + token.expiresAt() + ": " + command + " --join TOKEN");
    return ExitCode.OK;
  }

  private Duration duration() {
    try {
      return Duration.parse("PT" + life.toUpperCase(Locale.ROOT));
    } catch (DateTimeParseException e) {
      throw CliFailure.misuse("--life is \"" + life + "\"", "it is a time such as 15m or 1h30m");
    }
  }
}
