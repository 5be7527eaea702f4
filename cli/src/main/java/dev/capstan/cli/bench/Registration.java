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
 * How long a worker takes from a token in its hand to being welcomed by the leader: keys and
 * certificate, connections with certificates of both sides, its row committed. One after the other.
 */
final class Registration {
  private static final int WARMING = 3;
  private static final int NODES = 30;
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final CapstanClient client;
  private final NodeConfig config;
  private final Path directory;
  private final Consumer<String> progress;

  Registration(CapstanClient client, NodeConfig config, Path directory, Consumer<String> progress) {
    this.client = client;
    this.config = config;
    this.directory = directory;
    this.progress = progress;
  }

  /** The first registration of this process, and those that follow when all is loaded. */
  List<Measure> run() throws IOException, InterruptedException {
    double first = register("r0");
    List<Double> warm = new ArrayList<>();
    for (int i = 1; i <= WARMING + NODES; i++) {
      progress.accept("registration " + i + " of " + (WARMING + NODES));
      double millis = register("r" + i);
      if (i > WARMING) {
        warm.add(millis);
      }
    }
    String note = "token to certificate, mTLS, row committed, welcomed";
    return List.of(
        Measure.of("node registers, cold", "ms", List.of(first), note + "; first of its process")
            .promised(Promise.REGISTERED),
        Measure.of("node registers, warm", "ms", warm, note).promised(Promise.REGISTERED));
  }

  private double register(String name) throws IOException, InterruptedException {
    String token = BenchWorker.token(client, name);
    long begun = System.nanoTime();
    try (BenchWorker worker =
        BenchWorker.enter(token, name, directory.resolve(name), config, 1, new Probe())) {
      worker.awaitRegistered(LONGEST_NANOS);
      return (System.nanoTime() - begun) / 1e6;
    }
  }
}
