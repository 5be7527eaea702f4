package dev.capstan.cli;

import dev.capstan.cli.local.EmbeddedEngine;
import dev.capstan.cli.local.EngineOptions;
import dev.capstan.cli.local.LogFile;
import dev.capstan.cli.local.ServerNote;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Style;
import dev.capstan.cli.terminal.Times;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "dev",
    description = {
      "An engine with an HTTP API on loopback and a worker, in this process, until Ctrl-C.",
      "Open to everybody on this machine and not replicated: not for production."
    })
final class DevCommand extends Command {
  private static final int DEFAULT_PORT = 7480;

  @Option(
      names = "--port",
      paramLabel = "N|auto",
      description = "Port of the HTTP API; 7480 without it, auto takes a free one.")
  @Nullable String port;

  @Option(
      names = "--grpc-port",
      paramLabel = "N|auto",
      description = "Port of gRPC; without it the one after the HTTP API's.")
  @Nullable String grpcPort;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the state is kept; .capstan here without it.")
  String data = RunCommand.DEFAULT_DATA;

  @Option(
      names = "--secrets",
      paramLabel = "FILE",
      description = "A YAML map of names and values of secrets.")
  @Nullable String secrets;

  DevCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    int http = Ports.parse(port, DEFAULT_PORT);
    int grpc = Ports.parse(grpcPort, http == 0 ? 0 : http + 1);
    Path directory = console.resolve(data);
    Instant begun = Instant.now();
    refuseSecond(directory);
    LogFile.open(directory);
    Path secretsFile = secrets == null ? null : console.resolve(secrets);
    EmbeddedEngine engine =
        engine(new EngineOptions(directory, secretsFile, http, grpc, console.environment()));
    CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> stop(engine, directory, stopped), "capstan-stop"));
    var _ = engine.failure().thenAccept(stopped::completeExceptionally);
    String address = "http://127.0.0.1:" + engine.httpPort();
    new ServerNote(ProcessHandle.current().pid(), address).write(directory);
    welcome(engine, address, Duration.between(begun, Instant.now()));
    stopped.join();
    return ExitCode.OK;
  }

  private EmbeddedEngine engine(EngineOptions options) {
    console.passing("starting the engine");
    try {
      return EmbeddedEngine.start(options);
    } finally {
      console.forget();
    }
  }

  /** Said before the lock of the directory says it, since here it is known what to do. */
  private void refuseSecond(Path directory) {
    ServerNote other = ServerNote.find(directory);
    if (other != null) {
      throw new CliFailure(
          ExitCode.CONFLICT,
          null,
          "capstan dev runs already in "
              + directory
              + ": process "
              + other.pid()
              + ", "
              + other.http(),
          "use it, for example: capstan list --server "
              + other.http()
              + "\nor stop it: kill "
              + other.pid()
              + "\nor start a second one beside it: capstan dev --port auto --data DIR");
    }
  }

  /** What is where, in three lines of no more than 80 columns. */
  private void welcome(EmbeddedEngine engine, String address, Duration took) {
    boolean unicode = console.unicode();
    String dot = unicode ? " · " : ", ";
    String head = (unicode ? "✔ " : "") + "Capstan is ready after " + Times.show(took);
    console.talk(
        console.paint(Style.GOOD, head)
            + dot
            + "this machine only, one replica"
            + dot
            + "Ctrl-C stops");
    console.talk(
        "  API   "
            + address
            + dot
            + "/openapi.json"
            + dot
            + "/metrics"
            + dot
            + "gRPC 127.0.0.1:"
            + engine.grpcPort());
    console.talk(
        "  Data  "
            + data
            + ", kept between starts"
            + dot
            + "worker "
            + engine.node()
            + " with "
            + engine.slots()
            + " slots");
  }

  private void stop(
      EmbeddedEngine engine, Path directory, CompletableFuture<@Nullable Void> stopped) {
    engine.close();
    ServerNote.remove(directory);
    if (!stopped.isDone()) {
      console.talk("stopped; nothing is lost");
    }
    stopped.complete(null);
  }
}
