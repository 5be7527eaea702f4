package dev.capstan.cli;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Style;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.client.Node;
import dev.capstan.security.tls.Credential;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "up",
    description = {
      "A cluster of real processes on loopback, to try things out: secured like any other.",
      "Shows its state whenever that changes; Ctrl-C stops all."
    })
final class ClusterUpCommand extends Command {
  /** Beside that of a node, since it holds several. */
  static final String DEFAULT_DATA = ".capstan-cluster";

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);
  private static final int MOST_COORDINATORS = 5;
  private static final int MOST_WORKERS = 50;

  @Option(
      names = "--local",
      paramLabel = "N",
      description = "How many coordinators: 1, 3 or 5; 3 without it.")
  int coordinators = 3;

  @Option(names = "--workers", paramLabel = "N", description = "How many workers; 5 without it.")
  int workers = 5;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Partitions of its state when it is made, 1 to 16; 1 without it.")
  int partitions = 1;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the nodes keep their state; .capstan-cluster here without it.")
  String data = DEFAULT_DATA;

  private static final int MOST_PARTITIONS = 16;

  private final CountDownLatch stopped = new CountDownLatch(1);

  ClusterUpCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (coordinators < 1 || coordinators > MOST_COORDINATORS || coordinators % 2 == 0) {
      throw CliFailure.misuse(
          "--local is " + coordinators, "1, 3 or 5: an even number survives no more losses");
    }
    if (workers < 0 || workers > MOST_WORKERS) {
      throw CliFailure.misuse("--workers is " + workers, "0 to " + MOST_WORKERS);
    }
    if (partitions < 1 || partitions > MOST_PARTITIONS) {
      throw CliFailure.misuse("--partitions is " + partitions, "1 to " + MOST_PARTITIONS);
    }
    Path directory = console.resolve(data);
    LocalCluster cluster =
        new LocalCluster(directory, console.environment(), line -> console.talk("  " + line))
            .withPartitions(partitions);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(cluster), "capstan-stop"));
    console.talk(
        "starting " + coordinators + " coordinators and " + workers + " workers in " + directory);
    cluster.start(coordinators, workers);
    welcome(cluster);
    watch(cluster);
    return ExitCode.OK;
  }

  private void welcome(LocalCluster cluster) {
    String head = (console.unicode() ? "\u2714 " : "") + "The cluster is up";
    console.talk(
        console.paint(Style.GOOD, head)
            + (console.unicode() ? " \u00b7 " : ", ")
            + "Ctrl-C stops it");
    console.talk("  Use it   export CAPSTAN_CREDENTIAL=" + cluster.credentialFile());
    console.talk(
        "           capstan run examples/hello.yaml, capstan nodes, capstan cluster status");
    console.talk("  Hurt it  kill -9 any of these processes, and look at what happens");
  }

  /** Shows who is what, whenever that changes. */
  private void watch(LocalCluster cluster) throws InterruptedException {
    String shown = "";
    while (!stopped.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
      String now = state(cluster);
      if (!now.equals(shown)) {
        console.talk(now);
        shown = now;
      }
    }
  }

  private static String state(LocalCluster cluster) {
    Credential credential = Credential.read(cluster.credentialFile());
    String alive = "processes " + String.join(" ", cluster.alive());
    try (CapstanClient client =
        CapstanClient.builder()
            .servers(credential.servers())
            .token(credential.key())
            .tls(credential.tls())
            .build()) {
      Cluster seen = CapstanClient.await(client.cluster());
      List<Node> nodes = CapstanClient.await(client.nodes());
      String leader =
          seen.coordinators().stream()
              .filter(each -> each.role().equals("leader"))
              .map(Coordinator::id)
              .collect(Collectors.joining());
      String workers =
          nodes.stream()
              .map(each -> each.id() + " " + each.status())
              .sorted()
              .collect(Collectors.joining(", "));
      return (leader.isEmpty() ? "nobody leads" : leader + " leads")
          + "; "
          + (workers.isEmpty() ? "no workers" : workers)
          + "; "
          + alive;
    } catch (CapstanException e) {
      return "no answer (" + e.getMessage() + "); " + alive;
    }
  }

  private void stop(LocalCluster cluster) {
    stopped.countDown();
    console.talk("stopping");
    cluster.close();
    console.talk("stopped; nothing is lost, and capstan cluster up goes on with it");
  }
}
