package dev.capstan.cli;

import dev.capstan.cli.local.EmbeddedEngine;
import dev.capstan.cli.local.EngineOptions;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.ExecutionFilter;
import dev.capstan.client.ExecutionStream;
import dev.capstan.client.PageRequest;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.node.joining.JoinFailure;
import dev.capstan.security.serial.SerializationFilter;
import dev.capstan.security.token.TokenFormatException;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * What the program does most, done once when it is built. The virtual machine writes down what it
 * loads and learns meanwhile (JEP 514, 515), so that every later start is quick. Not a command: it
 * has no words for people, and its exit code tells whether everything worked.
 */
public final class Rehearsal {
  private static final int STARTS = 300;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final WorkflowName NAME = new WorkflowName("capstan", "rehearsal", "1.0.0");
  private static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: capstan, name: rehearsal, version: '1.0.0'}
      input: {schema: {format: json, document: {type: object, required: [lines]}}}
      do:
        - each:
            for: {each: line, in: .lines}
            do: [{sum: {set: {total: '${ (.total // 0) + ($line.price * $line.count | floor) }'}}}]
        - size: {switch: [{large: {when: .total > 100, then: both}}, {small: {then: both}}]}
        - both:
            fork:
              branches:
                - pause: {wait: {milliseconds: 5}}
                - say: {run: {shell: {command: echo rehearsed}}}
        - fails:
            try: [{bad: {raise: {error: {type: 'https://example.com/bad', status: 500}}}}]
            catch: {errors: {with: {status: 500}}, as: error, do: [{tell: {set: {told: true}}}]}
        - reach: {try: [{get: {call: http, with: {method: get, endpoint: 'http://127.0.0.1:1/'}}}], catch: {do: [{over: {set: {ended: true}}}]}}
        - said: {emit: {event: {with: {type: rehearsal.ended}}}}
      """;
  private static final String SMALL =
      """
      document: {dsl: '1.0.3', namespace: capstan, name: small, version: '1.0.0'}
      do: [{one: {set: {n: '${ (.n // 0) + 1 }'}}}]
      """;
  private static final String INPUT = "{\"lines\":[{\"price\":9.5,\"count\":2}]}";

  private Rehearsal() {}

  /**
   * Rehearses in the folder that is the first argument, which the caller removes, after it has put
   * the native library of this machine into the folder that is the second.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    SerializationFilter.install();
    Path folder = Path.of(arguments[0]);
    unpackNativeLibrary(Path.of(arguments[1]));
    Path definition = folder.resolve("rehearsal.yaml");
    Files.writeString(definition, DEFINITION);
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Console silent =
        new Console(
            InputStream.nullInputStream(), nowhere, nowhere, Map.of(), folder, false, false);
    int exit = new Program(silent).run("run", definition.toString(), "--input", INPUT);
    if (exit == ExitCode.OK) {
      serve(folder.resolve("served"));
      rehearseCluster(folder.resolve("cluster"));
    }
    System.exit(exit);
  }

  /** Otherwise every start unpacks it anew, and a process that is killed leaves it behind. */
  private static void unpackNativeLibrary(Path folder) throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    try (InputStream library = RocksDB.class.getResourceAsStream("/" + name)) {
      if (library != null) {
        Files.copy(library, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void serve(Path data) throws InterruptedException {
    EngineOptions options = new EngineOptions(data, null, 0, 0, Map.of());
    try (EmbeddedEngine engine = EmbeddedEngine.start(options);
        CapstanClient client =
            CapstanClient.builder().server("http://127.0.0.1:" + engine.httpPort()).build()) {
      CapstanClient.await(client.deploy(DEFINITION, "rehearsal.yaml"));
      CapstanClient.await(client.deploy(SMALL, "small.yaml"));
      String id =
          CapstanClient.await(
                  client.start(
                      StartRequest.of(NAME).withInput(JsonText.parse(INPUT, "the input")),
                      PATIENCE))
              .id();
      CapstanClient.await(client.history(id, PageRequest.first(100)));
      CapstanClient.await(client.executions(ExecutionFilter.ALL, PageRequest.first(10)));
      CapstanClient.await(client.metrics());
      stream(Objects.requireNonNull(engine.grpcPort()));
    }
  }

  private static void rehearseCluster(Path folder) throws IOException, InterruptedException {
    try (ClusterRehearsal rehearsal = new ClusterRehearsal(folder)) {
      rehearsal.run();
    } catch (JoinFailure | TokenFormatException e) {
      throw new IllegalStateException("a node of the rehearsal could not join", e);
    }
  }

  private static void stream(int port) throws InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try (ExecutionStream stream = ExecutionStream.open(channel, 16)) {
      for (int i = 0; i < STARTS; i++) {
        var _ =
            stream.run(
                new ExecutionStream.Start(new WorkflowName("capstan", "small", null), null, null));
      }
      stream.complete().join();
    } finally {
      channel.shutdownNow();
    }
  }
}
