package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.ConfigRefused;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.security.tls.Credential;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A cluster of real processes on loopback with certificates and logs on disk. The load is in this
 * process, and so are workers, but for those that are killed. All share the processors of the
 * machine.
 */
final class ClusterBench implements AutoCloseable {
  private static final int WORKER_SLOTS = 10_000;
  private static final int IN_FLIGHT = 64;
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Path directory;
  private final ClusterOptions what;
  private final BenchOptions how;
  private final Consumer<String> progress;
  private final Consumer<String> row;
  private final List<Measure> measures = new ArrayList<>();
  private final LocalCluster cluster;
  private final Ledger ledger = new Ledger();

  /**
   * Nothing is started yet.
   *
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

  /** Something that is measured; what it fails with becomes a row, and the others go on. */
  private interface Part {
    void measure() throws IOException, InterruptedException;
  }

  List<Measure> run() throws IOException, InterruptedException {
    Files.createDirectories(directory);
    cluster.start(what.coordinatorCount(), 0);
    Credential credential = Credential.read(cluster.credentialFile());
    try (Doors doors = new Doors(cluster, credential, what.coordinatorCount())) {
      CapstanClient client = doors.any();
      for (Workload workload : List.of(Workload.W1, Workload.W5, Workload.W6)) {
        CapstanClient.await(client.deploy(workload.definition(), workload.definitionName()));
      }
      CapstanClient.await(client.deploy(Fleet.definition(), "holds"));
      Footprint footprint = new Footprint(cluster, doors);
      part("registration", () -> registration(client).forEach(this::add));
      part("removal", () -> add(removals(client)));
      part("speed", () -> underLoad(doors, credential, footprint));
      if (what.killCount() > 0) {
        part("faults of workers", () -> workerFaults(client));
      }
      footprint.sample();
      if (what.workerCount() > 0) {
        part("many workers", () -> fleet(client, footprint));
      }
      footprint.sample();
      part("what is lost", () -> add(ledger.check(client, progress)));
      footprint.measures().forEach(this::add);
    }
    return measures;
  }

  private void part(String name, Part part) throws InterruptedException {
    try {
      part.measure();
    } catch (IOException | IllegalStateException | CapstanException | CompletionException failure) {
      add(Measure.failed("not measured to the end: " + name, String.valueOf(failure.getMessage())));
    }
  }

  private List<Measure> registration(CapstanClient client)
      throws IOException, InterruptedException {
    return new Registration(client, config(), directory.resolve("registration"), progress).run();
  }

  private Measure removals(CapstanClient client) throws IOException, InterruptedException {
    return new Removals(client, config(), directory.resolve("removal"), progress).run();
  }

  /** What needs a worker that runs tasks which do nothing. */
  private void underLoad(Doors doors, Credential credential, Footprint footprint)
      throws IOException, InterruptedException {
    CapstanClient client = doors.any();
    Probe probe = new Probe();
    try (BenchWorker worker =
        BenchWorker.enter(
            BenchWorker.token(client, "bench"),
            "bench",
            directory.resolve("bench"),
            config(),
            WORKER_SLOTS,
            probe)) {
      worker.awaitRegistered(LONGEST_NANOS);
      ManagedChannel channel = channel(cluster.grpc(Leader.of(client)), credential);
      try (StartStream stream = new StartStream(channel)) {
        ByteString input =
            ByteString.copyFromUtf8(
                "{\"payload\":\"" + "x".repeat(how.payloadBytes() - 14) + "\"}");
        throughput(stream, input);
        dispatch(stream, probe, input);
      } finally {
        channel.shutdownNow();
      }
      part("speed over HTTP", () -> overHttp(client));
      footprint.sample();
      if (what.coordinatorCount() > 1) {
        part("what followers have", () -> new Followers(doors, progress).run().forEach(this::add));
        part(
            "the leader killed",
            () -> leaderEnds(client, footprint, LeaderEnds.Way.KILLED, what.killCount()));
        part(
            "the leader stopped in order",
            () -> leaderEnds(client, footprint, LeaderEnds.Way.STOPPED, what.stopCount()));
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
    String note =
        String.format(
            Locale.ROOT,
            "start to end p50 %.1f ms, p99 %.1f ms %s",
            latencies.p50(),
            latencies.p99(),
            sample.note());
    add(
        Measure.of(
                "W1, " + IN_FLIGHT + " in flight: executions a second",
                "/s",
                sample.perSecond(),
                note.strip())
            .withErrors(sample.errors()));
  }

  private void dispatch(StartStream stream, Probe probe, ByteString input)
      throws InterruptedException {
    progress.accept("start call to task handler");
    Dispatch.Calls calls = Dispatch.calls(stream, probe, input, how);
    add(
        Measure.of("start call to task handler, idle", "ms", calls.millis(), "one at a time")
            .promised(Promise.DISPATCHED)
            .withErrors(calls.errors()));
  }

  private void overHttp(CapstanClient client) throws InterruptedException {
    progress.accept("W1 over HTTP");
    try (HttpLoad load = HttpLoad.inOneCall(client, ledger)) {
      add(load.speed(how));
      load.stop();
    }
  }

  private void leaderEnds(CapstanClient client, Footprint footprint, LeaderEnds.Way way, int times)
      throws IOException, InterruptedException {
    if (times > 0) {
      try (HttpLoad load = HttpLoad.inTwoCalls(client, ledger)) {
        new LeaderEnds(way, cluster, client, load, footprint, progress)
            .run(times)
            .forEach(this::add);
      }
    }
  }

  private void workerFaults(CapstanClient client) throws IOException, InterruptedException {
    try (WorkerFaults faults = new WorkerFaults(cluster, client, ledger, progress)) {
      add(faults.begin());
      add(faults.kill(what.killCount()));
      add(faults.stop(what.killCount()));
    }
  }

  private void fleet(CapstanClient client, Footprint footprint)
      throws IOException, InterruptedException {
    try (Fleet fleet =
        new Fleet(
            cluster, client, config(), directory.resolve("fleet"), ledger, footprint, progress)) {
      fleet.run(what.workerCount(), what.taskCount(), what.silentTaskCount(), this::add);
    }
  }

  private void add(Measure measure) {
    measures.add(measure);
    row.accept(measure.row());
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
