package dev.capstan.cli;

import dev.capstan.cli.cluster.OwnProgram;
import dev.capstan.cli.local.ServerNote;
import dev.capstan.cli.local.StartFailure;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.token.ApiKey;
import dev.capstan.server.boot.ClusterCoordinator;
import dev.capstan.server.membership.NewCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "init",
    description = {
      "Makes a cluster on this machine: its authority, its first coordinator, which is",
      "started in the background, and the credential of its first administrator."
    })
final class ClusterInitCommand extends Command {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Name of the cluster: letters a-z, digits and -; capstan without it.")
  String cluster = "capstan";

  @Option(
      names = "--no-start",
      description = "Only makes the files; capstan server starts the coordinator.")
  boolean noStart;

  @Mixin NodeOptions options = new NodeOptions();

  ClusterInitCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    NodeConfig config = options.read(console, Map.of(), null);
    String name = Objects.requireNonNull(config.node().name(), "a name is chosen");
    Path directory = config.node().data();
    Path file = directory.resolve(Credential.ADMINISTRATOR);
    CoordinatorPlace place;
    try {
      place = ClusterCoordinator.place(config, name);
      if (!noStart) {
        ClusterCoordinator.requireFreePorts(config);
      }
      make(NodeHome.open(directory), place, config.consensus().founded(), file);
    } catch (StartupRefusal refusal) {
      throw StartFailure.of(refusal, null);
    } catch (IllegalArgumentException e) {
      throw CliFailure.misuse(
          "the cluster can't be called "
              + cluster
              + ", or its coordinator "
              + name
              + ": "
              + e.getMessage(),
          "choose other names: --cluster NAME, --name NAME");
    }
    console.talk("cluster      " + cluster);
    console.talk("coordinator  " + name + " at " + place.grpc() + ", API https://" + place.http());
    int partitions = config.consensus().founded();
    if (partitions > 1) {
      console.talk(
          "partitions   "
              + partitions
              + ", for ever; limits by key count within each (consensus.partitions: 1 makes one)");
    }
    console.talk("credential   " + file + ", of its administrator: keep it safe");
    if (noStart) {
      console.talk("start it     " + String.join(" ", startingIt(config.node())));
    } else {
      start(config, directory);
    }
    console.talk("next         capstan cluster join-token --role worker");
    return ExitCode.OK;
  }

  private void make(NodeHome home, CoordinatorPlace place, int partitions, Path file)
      throws IOException {
    ApiKey key = NewCluster.create(home, cluster, place, partitions, Instant.now());
    new Credential(
            cluster,
            List.of("https://" + place.http()),
            key.text(),
            home.keys().trusted(Purpose.NODES).getFirst())
        .write(file);
  }

  private void start(NodeConfig config, Path directory) throws InterruptedException {
    Path printed = directory.resolve("server.out");
    Process process = OwnProgram.start(console.environment(), arguments(config), printed);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (ServerNote.find(directory) == null) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new CliFailure(
            ExitCode.FAILED,
            null,
            "the coordinator did not start; " + printed + " says why",
            "mend that, and start it: capstan server --data " + directory);
      }
      Thread.sleep(LOOK_EVERY);
    }
    console.talk(
        "running      process "
            + process.pid()
            + " in the background; stop it with kill "
            + process.pid());
  }

  /** With the options of this command that the coordinator needs again, as they were given. */
  private List<String> startingIt(NodeConfig.Node node) {
    List<String> words = new ArrayList<>(List.of("capstan", "server"));
    again(words, "--config", options.config);
    again(words, "--data", options.data);
    again(words, "--bind", options.bind);
    again(words, "--advertise", options.advertise);
    again(words, "--http-port", options.httpPort == null ? null : "" + node.httpPort());
    again(words, "--grpc-port", options.grpcPort == null ? null : "" + node.grpcPort());
    again(words, "--peer-port", options.peerPort == null ? null : "" + node.peerPort());
    again(words, "--seeds", options.seeds.isEmpty() ? null : String.join(",", options.seeds));
    return words;
  }

  private static void again(List<String> words, String option, @Nullable String value) {
    if (value != null) {
      words.addAll(List.of(option, value));
    }
  }

  private List<String> arguments(NodeConfig config) {
    List<String> arguments = new ArrayList<>(List.of("server"));
    String file = options.config;
    if (file != null) {
      arguments.addAll(List.of("--config", console.resolve(file).toString()));
    }
    NodeConfig.Node node = config.node();
    arguments.addAll(
        List.of(
            "--data", node.data().toString(),
            "--name", Objects.requireNonNull(node.name()),
            "--bind", node.bind(),
            "--http-port", Integer.toString(node.httpPort()),
            "--grpc-port", Integer.toString(node.grpcPort()),
            "--peer-port", Integer.toString(node.peerPort())));
    String advertise = node.advertise();
    if (advertise != null) {
      arguments.addAll(List.of("--advertise", advertise));
    }
    if (!options.seeds.isEmpty()) {
      arguments.addAll(List.of("--seeds", String.join(",", options.seeds)));
    }
    return arguments;
  }
}
