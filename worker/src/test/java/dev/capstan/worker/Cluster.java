package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Json;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** A coordinator and a worker in one process. */
final class Cluster implements AutoCloseable {

  private final Server server;
  private final ManagedChannel channel;
  private final FakeCoordinator coordinator;
  private final Worker worker;

  private Cluster(
      Server server, ManagedChannel channel, FakeCoordinator coordinator, Worker worker) {
    this.server = server;
    this.channel = channel;
    this.coordinator = coordinator;
    this.worker = worker;
    worker.attach(channel);
  }

  static Cluster start(Path directory) throws IOException {
    return start(directory, new FakeCoordinator(), options -> options);
  }

  static Cluster start(
      Path directory, FakeCoordinator coordinator, UnaryOperator<WorkerOptions.Builder> options)
      throws IOException {
    return start(coordinator, Worker.start(options.apply(options(directory)).build()));
  }

  /** The same with time that passes when the test says so. */
  static Cluster start(
      Path directory,
      FakeCoordinator coordinator,
      UnaryOperator<WorkerOptions.Builder> options,
      ManualTimer timer)
      throws IOException {
    return start(
        coordinator,
        Worker.start(
            options.apply(options(directory)).build(), WorkerEnvironment.of(timer, timer::nanos)));
  }

  /** The same with attempts that begin when the test says so. */
  static Cluster start(
      Path directory,
      FakeCoordinator coordinator,
      UnaryOperator<WorkerOptions.Builder> options,
      WorkerEnvironment.Threads threads)
      throws IOException {
    WorkerEnvironment machine = WorkerEnvironment.ofThisMachine();
    return start(
        coordinator,
        Worker.start(
            options.apply(options(directory)).build(),
            new WorkerEnvironment(
                machine.timer(), false, machine.clock(), machine.chance(), threads)));
  }

  private static Cluster start(FakeCoordinator coordinator, Worker worker) throws IOException {
    String name = UUID.randomUUID().toString();
    Server server = InProcessServerBuilder.forName(name).addService(coordinator).build().start();
    return new Cluster(server, InProcessChannelBuilder.forName(name).build(), coordinator, worker);
  }

  static WorkerOptions.Builder options(Path directory) {
    return WorkerOptions.builder("node-1")
        .name("anna")
        .workingDirectory(directory)
        .version("1.2.3")
        .leaveGrace(Duration.ZERO);
  }

  FakeCoordinator coordinator() {
    return coordinator;
  }

  Worker worker() {
    return worker;
  }

  /** Runs one task to its end in the first session. */
  Report run(String kind, String arguments) {
    Dispatch dispatch = coordinator.dispatch(kind, arguments);
    coordinator.session(0).send(dispatch);
    return coordinator.report(dispatch.getToken());
  }

  /** The output of a task that completes. */
  JsonNode output(String kind, String arguments) throws IOException {
    Report report = run(kind, arguments);
    assertThat(report.getOutcomeCase()).as("%s", report).isEqualTo(Report.OutcomeCase.OUTPUT);
    return Json.read(report.getOutput().toByteArray());
  }

  /** The error of a task that does not complete. */
  Fault fault(String kind, String arguments) {
    Report report = run(kind, arguments);
    assertThat(report.getOutcomeCase()).as("%s", report).isEqualTo(Report.OutcomeCase.FAULT);
    return report.getFault();
  }

  @Override
  public void close() {
    worker.close();
    channel.shutdownNow();
    server.shutdownNow();
  }
}
