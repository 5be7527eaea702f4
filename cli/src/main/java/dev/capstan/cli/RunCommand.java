package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.live.ExecutionSource;
import dev.capstan.cli.live.RemoteSource;
import dev.capstan.cli.local.EmbeddedEngine;
import dev.capstan.cli.local.EmbeddedSource;
import dev.capstan.cli.local.EngineOptions;
import dev.capstan.cli.local.LogFile;
import dev.capstan.cli.local.ServerNote;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.StartRequest;
import dev.capstan.dsl.model.Definition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "run",
    description = {
      "Runs a definition to its end and prints its output.",
      "Without a server an engine in this process runs it; its state is kept in .capstan/ here, so that a run that was killed goes on "
          + "when it is started again with the same --id.",
      "Exit code: 0 completed, 1 faulted or cancelled, 2 invalid, 7 --timeout is over, 130 Ctrl-C."
    })
final class RunCommand extends Command {
  static final String DEFAULT_DATA = ".capstan";

  @Parameters(
      paramLabel = "FILE",
      description = "Definition in YAML or JSON; - reads standard input.")
  String file = "";

  @Option(
      names = {"-i", "--input"},
      paramLabel = "JSON|@FILE|-",
      description = "Input; an empty object without it.")
  @Nullable String input;

  @Option(names = "--id", description = "Id of the execution; a new one without it.")
  @Nullable String id;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description =
          "text: the output; json: an object with id, status, output, error, startedAt, endedAt.")
  OutputFormat output = OutputFormat.text;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "Server to run it; without it CAPSTAN_SERVER, else an engine in this process.")
  @Nullable String server;

  @Option(
      names = "--credential",
      paramLabel = "FILE",
      description = "Proves who asks, and says where the cluster is that is to run it.")
  @Nullable String credential;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the engine in this process keeps its state.")
  String data = DEFAULT_DATA;

  @Option(
      names = "--secrets",
      paramLabel = "FILE",
      description = "A YAML map of names and values of secrets.")
  @Nullable String secrets;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "Times out at this moment, such as 2026-11-22T10:15:30Z.")
  @Nullable String deadline;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "Waits no longer, such as 30s or 1h30m.")
  @Nullable String timeout;

  @Option(
      names = {"-q", "--quiet"},
      description = "Shows nothing but the result.")
  boolean quiet;

  private boolean remote;

  RunCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (file.equals("-") && "-".equals(input)) {
      throw CliFailure.misuse(
          "definition and input can't both come from standard input",
          "name a file for one of them");
    }
    Duration limit = timeout == null ? null : Times.parse(timeout);
    DefinitionFile definition = DefinitionFile.read(console, file);
    Definition parsed = definition.require(console);
    JsonNode value = InputText.json(console, input, "--input");
    String execution = id == null ? UUID.randomUUID().toString() : id;
    StartRequest request =
        StartRequest.ofDefinition(definition.text())
            .withInput(value)
            .withId(execution)
            .withDeadline(Times.moment(deadline, "--deadline"));
    try (ExecutionSource source = announcedSource()) {
      Follower follower =
          new Follower(console, source, quiet, remote ? null : resumeHint(execution));
      return follower.run(request, parsed, output == OutputFormat.json, limit);
    }
  }

  /** Says on a terminal what it waits for: an engine needs a second or two. */
  private ExecutionSource announcedSource() throws IOException {
    if (quiet) {
      return source();
    }
    console.passing("starting the engine");
    try {
      return source();
    } finally {
      console.forget();
    }
  }

  private ExecutionSource source() throws IOException {
    if (server != null
        || credential != null
        || console.environment().containsKey(RemoteCommand.SERVER_VARIABLE)
        || console.environment().containsKey(RemoteCommand.CREDENTIAL_VARIABLE)) {
      refuseSecrets("a server");
      remote = true;
      return new RemoteSource(RemoteCommand.client(console, server, credential));
    }
    Path directory = console.resolve(data);
    LogFile.open(directory);
    Path secretsFile = secrets == null ? null : console.resolve(secrets);
    try {
      return new EmbeddedSource(
          EmbeddedEngine.start(
              EngineOptions.silent(directory, secretsFile, console.environment())));
    } catch (CliFailure failure) {
      ServerNote note = failure.exitCode() == ExitCode.CONFLICT ? ServerNote.find(directory) : null;
      if (note == null) {
        throw failure;
      }
      refuseSecrets("capstan dev (process " + note.pid() + ")");
      console.forget();
      console.talk(
          "running on the server of this directory (process "
              + note.pid()
              + ", "
              + note.http()
              + "), which uses "
              + data);
      remote = true;
      return new RemoteSource(RemoteCommand.client(console, note.http(), null));
    }
  }

  private void refuseSecrets(String who) {
    if (secrets != null) {
      throw CliFailure.misuse(
          "--secrets has no effect on a run by " + who,
          "give the secrets to the server: capstan dev --secrets FILE");
    }
  }

  /** How a run that was stopped goes on. */
  private String resumeHint(String execution) {
    StringBuilder command = new StringBuilder("capstan run ").append(file);
    if (input != null && !input.equals("-")) {
      command
          .append(" --input ")
          .append(input.startsWith("@") ? input : "'" + input.replace("'", "'\\''") + "'");
    }
    if (!data.equals(DEFAULT_DATA)) {
      command.append(" --data ").append(data);
    }
    return command.append(" --id ").append(execution).toString();
  }
}
