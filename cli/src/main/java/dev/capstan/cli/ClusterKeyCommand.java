package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.ApiKey;
import dev.capstan.client.ApiKeys;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.NewApiKey;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The API keys of a cluster. */
final class ClusterKeyCommand {
  private ClusterKeyCommand() {}

  @CommandLine.Command(
      name = "key",
      description = {
        "Makes an API key and prints it alone, so that a script can take it. It is not shown again.",
        "A worker's may take tasks over HTTP and nothing else; an administrator's may do everything."
      })
  static final class Make extends RemoteCommand {
    @Parameters(paramLabel = "NAME", description = "Whom it belongs to, as the audit shows it.")
    String principal = "";

    @Option(
        names = "--role",
        required = true,
        paramLabel = "ROLE",
        description = "worker or administrator.")
    String role = "";

    Make(Console console) {
      super(console);
    }

    @Override
    int ask(CapstanClient client) {
      if (!role.equals("worker") && !role.equals("administrator")) {
        throw CliFailure.misuse("--role is \"" + role + "\"", "it is worker or administrator");
      }
      NewApiKey made = CapstanClient.await(new ApiKeys(client).issue(principal, role));
      if (wantsJson()) {
        json(made);
        return ExitCode.OK;
      }
      console.data(made.key());
      console.talk(
          "for "
              + principal
              + ", "
              + role
              + "; to revoke it: capstan cluster revoke-key "
              + made.id());
      return ExitCode.OK;
    }
  }

  @CommandLine.Command(name = "keys", description = "Lists the API keys, without their secrets.")
  static final class All extends RemoteCommand {
    All(Console console) {
      super(console);
    }

    @Override
    int ask(CapstanClient client) {
      List<ApiKey> keys = CapstanClient.await(new ApiKeys(client).all());
      if (wantsJson()) {
        json(keys);
        return ExitCode.OK;
      }
      Table table = new Table("ID", "FOR", "ROLE", "CREATED", "BY");
      keys.forEach(key ->
          table.row(
              key.id(), key.principal(), key.role(), key.createdAt().toString(), key.createdBy()));
      table(table, keys.isEmpty(), "no keys");
      return ExitCode.OK;
    }
  }

  @CommandLine.Command(
      name = "revoke-key",
      description = "Makes an API key worth nothing; the last one of an administrator stays.")
  static final class Revoke extends RemoteCommand {
    @Parameters(paramLabel = "ID", description = "Id of the key, as cluster keys lists it.")
    String id = "";

    Revoke(Console console) {
      super(console);
    }

    @Override
    int ask(CapstanClient client) {
      CapstanClient.await(new ApiKeys(client).revoke(id));
      console.talk("revoked " + id);
      return ExitCode.OK;
    }
  }
}
