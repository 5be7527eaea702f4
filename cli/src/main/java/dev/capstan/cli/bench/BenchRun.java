package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Principal;
import dev.capstan.worker.BuiltIn;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * An engine with its log on disk, a worker and a load generator in one process, talking over real
 * gRPC connections on loopback. All three share the processors, so what is reported is the cost of
 * the whole.
 */
final class BenchRun implements AutoCloseable {
  private static final int SLOTS = 10_000;

  /** As many as warm the virtual machine quickly; a server in use is warm. */
  private static final int WARMING = 64;

  private final Coordinator coordinator;
  private final Worker worker;
  private final ManagedChannel workerChannel;
  private final ManagedChannel clientChannel;
  private final StartStream stream;
  private final Probe probe = new Probe();
  private final Path data;

  BenchRun(Path data) {
    this.data = data;
    coordinator = Coordinator.start(CoordinatorConfig.local(data).withPorts(0, null), Map.of());
    int port = Objects.requireNonNull(coordinator.grpcPort());
    workerChannel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
    clientChannel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
    worker =
        Worker.connect(
            workerChannel,
            WorkerOptions.builder("bench")
                .name("bench")
                .slots(SLOTS)
                .builtIns(EnumSet.of(BuiltIn.NOOP))
                .executor(probe)
                .workingDirectory(data.resolveSibling(data.getFileName() + "-work"))
                .build());
    stream = new StartStream(clientChannel);
  }

  /** Runs everything that is asked for; {@code progress} hears what is being done. */
  List<Sample> run(
      BenchOptions options, Consumer<String> progress, ClosedLoop.Live live, Consumer<Sample> row)
      throws InterruptedException {
    ByteString input = payload(options.payloadBytes());
    for (Workload workload : Workload.values()) {
      coordinator
          .gateway()
          .deploy(Principal.LOCAL, workload.definition(), workload.definitionName())
          .join();
    }
    new ClosedLoop(stream, Workload.W1, WARMING, input).warmUp(options.warmUp(), live);
    List<Sample> samples = new ArrayList<>();
    for (Workload workload : options.workloads()) {
      switch (workload) {
        case W1, W2, W3 -> {
          for (int inFlight : inFlight(workload, options)) {
            add(samples, row, new ClosedLoop(stream, workload, inFlight, input).run(options, live));
          }
        }
        case W4 -> {
          progress.accept(workload + " " + workload.title());
          add(samples, row, Timers.run(stream, input));
        }
        case W5 -> {
          progress.accept(workload + " " + workload.title());
          add(samples, row, Dispatch.run(stream, probe, input, options));
        }
        case W6 -> {
          progress.accept(workload + " " + workload.title());
          add(samples, row, Crowd.run(stream, input, options.crowd()));
        }
      }
    }
    return samples;
  }

  /** A fan-out of 100 counts for many by itself. */
  private static List<Integer> inFlight(Workload workload, BenchOptions options) {
    int most = workload == Workload.W3 ? WARMING : Integer.MAX_VALUE;
    return options.inFlight().stream().map(n -> Math.min(n, most)).distinct().toList();
  }

  private static void add(List<Sample> samples, Consumer<Sample> row, Sample sample) {
    samples.add(sample);
    row.accept(sample);
  }

  private static ByteString payload(int bytes) {
    return ByteString.copyFromUtf8("{\"payload\":\"" + "x".repeat(bytes - 14) + "\"}");
  }

  /** What the data directory takes up, in bytes. */
  long diskBytes() {
    try (Stream<Path> files = Files.walk(data)) {
      return files.filter(Files::isRegularFile).mapToLong(BenchRun::size).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public void close() {
    stream.close();
    worker.close();
    clientChannel.shutdownNow();
    workerChannel.shutdownNow();
    coordinator.close();
  }
}
