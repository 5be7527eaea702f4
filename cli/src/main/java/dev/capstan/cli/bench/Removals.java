package dev.capstan.cli.bench;

import dev.capstan.client.CapstanClient;
import dev.capstan.node.config.NodeConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * How long a worker that is put out still has a session: from the request of the operator until all
 * streams of the worker are cut, as it sees itself. One after the other.
 */
final class Removals {
  private static final int NODES = 20;
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final CapstanClient client;
  private final NodeConfig config;
  private final Path directory;
  private final Consumer<String> progress;

  Removals(CapstanClient client, NodeConfig config, Path directory, Consumer<String> progress) {
    this.client = client;
    this.config = config;
    this.directory = directory;
    this.progress = progress;
  }

  Measure run() throws IOException, InterruptedException {
    List<Double> times = new ArrayList<>();
    for (int i = 1; i <= NODES; i++) {
      progress.accept("removal " + i + " of " + NODES);
      times.add(remove("x" + i));
    }
    return Measure.of(
            "node put out: its streams are cut after", "ms", times, "from the request, by force")
        .promised(Promise.CUT);
  }

  private double remove(String name) throws IOException, InterruptedException {
    try (BenchWorker worker =
        BenchWorker.enter(
            BenchWorker.token(client, name),
            name,
            directory.resolve(name),
            config,
            1,
            new Probe())) {
      worker.awaitRegistered(LONGEST_NANOS);
      long begun = System.nanoTime();
      CapstanClient.await(client.removeNode(name, true));
      worker.awaitCut(LONGEST_NANOS);
      return (System.nanoTime() - begun) / 1e6;
    }
  }
}
