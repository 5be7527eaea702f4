package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import dev.capstan.cli.cluster.Credential;
import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Coordinator;
import dev.capstan.client.StartRequest;
import dev.capstan.client.StateSync;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.config.ConfigFile;
import dev.capstan.server.config.ConfigRefused;
import dev.capstan.server.config.HostPort;
import dev.capstan.server.config.NodeConfig;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A cluster of real processes on loopback with certificates and logs on disk; workers and load are
 * in this process. All share the processors of the machine.
 */
final class ClusterBench implements AutoCloseable {
  private static final int WORKER_SLOTS = 10_000;
  private static final int SYNCS = 200;
  private static final int IN_FLIGHT = 64;

  private final Path directory;
  private final ClusterOptions what;
  private final BenchOptions how;
  private final Consumer<String> progress;
  private final Consumer<String> row;
  private final List<Measure> measures = new ArrayList<>();
  private final LocalCluster cluster;
  private final Probe probe = new Probe();

  /**
   * @param progress hears what is being done
   * @param row hears each line of the report as soon as it is there
   */
  ClusterBench(
      Path directory,
      ClusterOptions what,
      BenchOptions how,
      Map<String, String> environment,
      Consumer<String> progress,
      Consumer<String> row) {
    this.directory = directory;
    this.what = what;
    this.how = how;
    this.progress = progress;
    this.row = row;
    this.cluster = new LocalCluster(directory.resolve("nodes"), environment, progress);
  }

  List<Measure> run() throws IOException, InterruptedException {
    Files.createDirectories(directory);
    cluster.start(what.coordinatorCount(), 0);
    Credential credential = Credential.read(cluster.credentialFile());
    try (CapstanClient client =
        CapstanClient.builder()
            .servers(credential.servers())
            .token(credential.key())
            .tls(credential.tls())
            .build()) {
      for (Workload workload : List.of(Workload.W1, Workload.W5)) {
        CapstanClient.await(client.deploy(workload.definition(), workload.definitionName()));
      }
      CapstanClient.await(client.deploy(Fleet.definition(), "holds"));
      if (what.coordinators != null) {
        engine(client, credential);
      }
      if (what.workers != null) {
        fleet(client, what.workers);
      }
      resources(client);
    }
    return measures;
  }

  private void engine(CapstanClient client, Credential credential)
      throws IOException, InterruptedException {
    try (BenchWorker worker =
        BenchWorker.join(
            BenchWorker.token(client, "bench"),
            "bench",
            directory.resolve("bench"),
            config(),
            WORKER_SLOTS,
            probe)) {
      while (!worker.isRegistered()) {
        Thread.sleep(5);
      }
      String leader = leader(client);
      ManagedChannel channel = channel(cluster.grpc(leader), credential);
      try (StartStream stream = new StartStream(channel)) {
        ByteString input = ByteString.copyFromUtf8("{\"payload\":\"" + "x".repeat(186) + "\"}");
        throughput(stream, input);
        dispatch(stream, input);
      } finally {
        channel.shutdownNow();
      }
      sync(client);
      if (what.kills > 0 && what.coordinatorCount() > 1) {
        try (LeaderKills kills = new LeaderKills(cluster, progress)) {
          kills.run(what.kills).forEach(this::add);
        }
      }
    }
  }

  private void throughput(StartStream stream, ByteString input) throws InterruptedException {
    Sample sample =
        new ClosedLoop(stream, Workload.W1, IN_FLIGHT, input)
            .run(
                how,
                (_, inFlight, doing, perSecond) ->
                    progress.accept(
                        String.format(
                            Locale.ROOT,
                            "W1, %d in flight, %s: %,.0f/s",
                            inFlight,
                            doing,
                            perSecond)));
    Sample.Latencies latencies = sample.latencies();
    add(
        new Measure(
            "W1, " + IN_FLIGHT + " in flight: executions a second",
            "/s",
            sample.perSecond(),
            String.format(
                Locale.ROOT,
                "start to end p50 %.1f ms, p99 %.1f ms; %d errors",
                latencies.p50(),
                latencies.p99(),
                sample.errors())));
  }

  private void dispatch(StartStream stream, ByteString input) throws InterruptedException {
    progress.accept("start call to task handler");
    Sample.Latencies latencies = Dispatch.run(stream, probe, input, how).latencies();
    add(
        new Measure(
            "start call to task handler, idle",
            "ms",
            List.of(latencies.p50(), latencies.p90(), latencies.p99(), latencies.max()),
            "p50, p90, p99 and longest of all calls"));
  }

  /** From an acknowledged start to the moment at which every replica is known to have it. */
  private void sync(CapstanClient client) {
    WorkflowName workflow = new WorkflowName("bench", Workload.W1.definitionName(), null);
    List<Double> times = new ArrayList<>();
    int apart = 0;
    for (int i = 0; i < SYNCS; i++) {
      String id = CapstanClient.await(client.start(StartRequest.of(workflow))).id();
      long begun = System.nanoTime();
      StateSync sync = CapstanClient.await(client.stateSync(id));
      times.add((System.nanoTime() - begun) / 1e6);
      apart += sync.inSync() ? 0 : 1;
      progress.accept("state on all replicas: " + (i + 1) + " of " + SYNCS);
    }
    add(
        new Measure(
            "acknowledged to applied on every replica, confirmed",
            "ms",
            times,
            apart == 0 ? "all in sync" : apart + " not in sync"));
  }

  private void fleet(CapstanClient client, int workers) throws IOException, InterruptedException {
    int tasks = what.tasks == null ? workers * 100 : what.tasks;
    try (Fleet fleet = new Fleet(cluster, client, config(), directory.resolve("fleet"), progress)) {
      fleet.run(workers, tasks, this::add);
    }
  }

  /** What the coordinators have used by now. */
  private void resources(CapstanClient client) {
    String leader = leader(client);
    for (String name : cluster.alive()) {
      Processes.Usage usage = Processes.usage(cluster.pid(name));
      add(
          new Measure(
              name + (name.equals(leader) ? " (leads)" : "") + ": resident memory at most",
              "MB",
              List.of(usage.peakResidentMegabytes()),
              String.format(Locale.ROOT, "%.1f s of processor time", usage.processorSeconds())));
    }
  }

  private void add(Measure measure) {
    measures.add(measure);
    row.accept(measure.row());
  }

  private static String leader(CapstanClient client) {
    return CapstanClient.await(client.cluster()).coordinators().stream()
        .filter(each -> each.role().equals("leader"))
        .map(Coordinator::id)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nobody leads"));
  }

  private NodeConfig config() throws IOException {
    List<HostPort> seeds = new ArrayList<>();
    for (int i = 1; i <= what.coordinatorCount(); i++) {
      seeds.add(cluster.grpc("c" + i));
    }
    try {
      return ConfigFile.read(cluster.nodeConfig(), seeds);
    } catch (ConfigRefused e) {
      throw new IllegalStateException(e.rendered(), e);
    }
  }

  private static ManagedChannel channel(HostPort address, Credential credential) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + credential.key());
    ClientInterceptor proof = MetadataUtils.newAttachHeadersInterceptor(headers);
    return NettyChannelBuilder.forAddress(address.host(), address.port())
        .sslContext(credential.grpcTls())
        .intercept(proof)
        .directExecutor()
        .build();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
