package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.local.ServerNote;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.RecordJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that asks a server. */
abstract class RemoteCommand extends Command {
  static final String SERVER_VARIABLE = "CAPSTAN_SERVER";
  private static final String TOKEN_VARIABLE = "CAPSTAN_TOKEN";
  private static final String DEFAULT_SERVER = "http://127.0.0.1:7480";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "Server to ask; without it CAPSTAN_SERVER, else the capstan dev of this directory, else "
              + DEFAULT_SERVER
              + ".")
  @Nullable String server;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text or json.")
  OutputFormat output = OutputFormat.text;

  RemoteCommand(Console console) {
    super(console);
  }

  /** Asks and answers the exit code. The client is closed afterwards. */
  abstract int ask(CapstanClient client) throws Exception;

  @Override
  public Integer call() throws Exception {
    try (CapstanClient client = client(console, server)) {
      return ask(client);
    }
  }

  static CapstanClient client(Console console, @Nullable String server) {
    String address = address(console, server);
    try {
      return CapstanClient.builder()
          .server(address)
          .token(console.environment().get(TOKEN_VARIABLE))
          .build();
    } catch (IllegalArgumentException e) {
      throw CliFailure.misuse(String.valueOf(e.getMessage()), null);
    }
  }

  /** The server that was named, or else the one that runs in this directory, or else the usual. */
  private static String address(Console console, @Nullable String server) {
    String named = server != null ? server : console.environment().get(SERVER_VARIABLE);
    if (named != null) {
      return named;
    }
    ServerNote here = ServerNote.find(console.resolve(RunCommand.DEFAULT_DATA));
    return here == null ? DEFAULT_SERVER : here.http();
  }

  boolean wantsJson() {
    return output == OutputFormat.json;
  }

  void json(JsonNode value) {
    console.data(JsonText.pretty(value));
  }

  void json(Record value) {
    json(RecordJson.write(value));
  }

  void json(List<? extends Record> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(value -> array.add(RecordJson.write(value)));
    json(array);
  }

  /** Prints a table; or, when it would be empty, says so where it does not disturb a program. */
  void table(Table table, boolean empty, String ifEmpty) {
    if (empty) {
      console.talk(ifEmpty);
    } else {
      table.lines(console.columns()).forEach(console::data);
    }
  }
}
