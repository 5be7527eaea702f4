package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Update;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "update",
    description = "Sends an update to an execution, and prints its answer as JSON.")
final class UpdateCommand extends RemoteCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "Id of the execution.")
  String id = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Name of the update.")
  String name = "";

  @Option(
      names = {"-i", "--input"},
      paramLabel = "JSON|@FILE|-",
      description = "What to send; an empty object without it.")
  @Nullable String input;

  @Option(
      names = "--key",
      description = "The same key is the same update, taken once and answered each time.")
  @Nullable String key;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description = "How long to wait for the answer, such as 90s or 5m; 30s without it.")
  String wait = "30s";

  UpdateCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws IOException {
    JsonNode sent = InputText.json(console, input, "--input");
    Update update =
        CapstanClient.await(
            client
                .interactions()
                .update(
                    id,
                    name,
                    sent == null ? JsonNodeFactory.instance.objectNode() : sent,
                    key,
                    Times.parse(wait)));
    if (wantsJson()) {
      json(update);
    } else if (update.answer() != null) {
      console.data(JsonText.pretty(update.answer()));
    } else {
      console.talk("taken, and not answered within " + wait);
    }
    return ExitCode.OK;
  }
}
