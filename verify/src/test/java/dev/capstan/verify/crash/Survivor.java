package dev.capstan.verify.crash;

import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.nio.file.Path;

/** A worker for a coordinator of this process, so that what a crash left behind can end. */
final class Survivor implements AutoCloseable {
  private final Coordinator coordinator;
  private final ManagedChannel channel;
  private final Worker worker;

  Survivor(Coordinator coordinator, Path work) {
    this.coordinator = coordinator;
    channel = InProcessChannelBuilder.forName(coordinator.inProcessName()).build();
    worker = Worker.connect(channel, WorkerOptions.builder("w1").workingDirectory(work).build());
  }

  Gateway gateway() {
    return coordinator.gateway();
  }

  @Override
  public void close() {
    worker.close();
    channel.shutdownNow();
  }
}
