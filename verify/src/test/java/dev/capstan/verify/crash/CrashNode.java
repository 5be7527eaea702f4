package dev.capstan.verify.crash;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.security.serial.SerializationFilter;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * The victim: a coordinator and a worker in a process of their own. Prints its gRPC port when it is
 * ready, and then waits to be killed.
 */
final class CrashNode {
  private CrashNode() {}

  public static void main(String[] arguments) throws InterruptedException {
    SerializationFilter.install();
    Path data = Path.of(arguments[0]);
    Coordinator coordinator =
        Coordinator.start(CoordinatorConfig.local(data).withPorts(0, null), Map.of());
    Worker.connect(
        InProcessChannelBuilder.forName(coordinator.inProcessName()).build(),
        WorkerOptions.builder("w1").workingDirectory(Path.of(arguments[1])).build());
    System.out.println("ready " + coordinator.grpcPort());
    new CountDownLatch(1).await();
  }
}
