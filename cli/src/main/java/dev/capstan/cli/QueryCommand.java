package dev.capstan.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "query",
    description =
        "Asks an execution, and prints its answer as JSON; without NAME what can be asked.")
final class QueryCommand extends RemoteCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "Id of the execution.")
  String id = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "Name of the query.")
  @Nullable String name;

  QueryCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    if (name != null) {
      json(CapstanClient.await(client.interactions().query(id, name)));
      return ExitCode.OK;
    }
    List<String> names = CapstanClient.await(client.interactions().queries(id));
    if (wantsJson()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      names.forEach(array::add);
      json(array);
    } else if (names.isEmpty()) {
      console.talk("nothing can be asked: the definition has no queries");
    } else {
      names.forEach(console::data);
    }
    return ExitCode.OK;
  }
}
