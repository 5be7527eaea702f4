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
import dev.capstan.security.tls.Credential;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that asks a server. */
abstract class RemoteCommand extends Command {
  static final String SERVER_VARIABLE = "CAPSTAN_SERVER";
  private static final String TOKEN_VARIABLE = "CAPSTAN_TOKEN";
  static final String CREDENTIAL_VARIABLE = "CAPSTAN_CREDENTIAL";
  private static final String DEFAULT_SERVER = "http://127.0.0.1:7480";
  private static final String DEFAULT_PORT = ":7480";

  @Option(
      names = "--server",
      paramLabel = "URL|HOST",
      description =
          "Server to ask; without it CAPSTAN_SERVER, else the capstan dev of this directory, else "
              + DEFAULT_SERVER
              + ".")
  @Nullable String server;

  @Option(
      names = "--credential",
      paramLabel = "FILE",
      description =
          "Proves who asks, and says where the cluster is; without it CAPSTAN_CREDENTIAL, else the one"
              + " of this directory's cluster.")
  @Nullable String credential;

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
    try (CapstanClient client = client(console, server, credential)) {
      return ask(client);
    }
  }

  static CapstanClient client(
      Console console, @Nullable String server, @Nullable String credential) {
    CredentialFile file = CredentialFile.find(console, credential);
    Credential shown = file == null ? null : file.credential();
    List<String> addresses = addresses(console, server, shown);
    Credential proof = addresses.getFirst().startsWith("https://") ? shown : null;
    try {
      return CapstanClient.builder()
          .servers(addresses)
          .token(proof == null ? console.environment().get(TOKEN_VARIABLE) : proof.key())
          .tls(proof == null ? null : proof.tls())
          .build();
    } catch (IllegalArgumentException e) {
      throw CliFailure.misuse(String.valueOf(e.getMessage()), null);
    }
  }

  /**
   * The server that was named, or else the one that runs in this directory, or else those of the
   * credential, or else the usual.
   */
  private static List<String> addresses(
      Console console, @Nullable String server, @Nullable Credential credential) {
    String named = server != null ? server : console.environment().get(SERVER_VARIABLE);
    if (named != null) {
      return List.of(whole(named, credential != null));
    }
    ServerNote here = ServerNote.find(console.resolve(RunCommand.DEFAULT_DATA));
    if (here != null) {
      return List.of(here.http());
    }
    return credential == null ? List.of(DEFAULT_SERVER) : credential.servers();
  }

  /**
   * A host may stand for its usual address.
   *
   * @param guarded whether a credential is at hand, which is shown over TLS alone
   */
  static String whole(String named, boolean guarded) {
    if (named.contains("://")) {
      return named;
    }
    boolean hasPort = named.matches("(\\[.*]|[^:]*):\\d+");
    boolean isBareIpv6 = !named.startsWith("[") && named.indexOf(':') != named.lastIndexOf(':');
    String host = isBareIpv6 ? "[" + named + "]" : named;
    return (guarded ? "https://" : "http://") + host + (hasPort ? "" : DEFAULT_PORT);
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
