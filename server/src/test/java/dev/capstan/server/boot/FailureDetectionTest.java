package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.server.gateway.Views.NodeView;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that says nothing, as a configuration wants it to be treated. */
class FailureDetectionTest {
  @TempDir Path directory;

  @Test
  void aSilentNodeIsLost() throws Exception {
    try (LoneCluster cluster = start("true")) {
      ManagedChannel _ = silentWorker(cluster);

      await().atMost(LoneCluster.PATIENCE).until(() -> status(cluster).equals("lost"));
    }
  }

  @Test
  void whereThatIsSwitchedOffOnlyABrokenConnectionLosesIt() throws Exception {
    try (LoneCluster cluster = start("false")) {
      ManagedChannel channel = silentWorker(cluster);

      await().atMost(LoneCluster.PATIENCE).until(() -> status(cluster).equals("suspect"));
      await()
          .during(Duration.ofSeconds(1))
          .atMost(LoneCluster.PATIENCE)
          .until(() -> status(cluster).equals("suspect"));
      channel.shutdownNow();
      await().atMost(LoneCluster.PATIENCE).until(() -> status(cluster).equals("lost"));
    }
  }

  private LoneCluster start(String enabled) throws Exception {
    Path file = directory.resolve("node.yaml");
    Files.writeString(
        file,
        "distributed_workflow_engine:\n  failure_detection: { enabled: "
            + enabled
            + ", detection_interval: 200ms }\n");
    NodeConfig config = ConfigFile.read(file, List.of());
    return LoneCluster.start(directory, config);
  }

  private static ManagedChannel silentWorker(LoneCluster cluster) throws Exception {
    Object _ = cluster.joinWorker("w1");
    ManagedChannel channel = cluster.channel(cluster.keys("w1"));
    CountDownLatch welcomed = new CountDownLatch(1);
    StreamObserver<WorkerMessage> stream =
        WorkerSessionsGrpc.newStub(channel).session(new Listener(welcomed));
    stream.onNext(
        WorkerMessage.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setNodeId("w1")
                    .setName("w1")
                    .setSlots(1)
                    .addKinds("run:shell")
                    .setVersion("test"))
            .build());
    welcomed.await();
    assertThat(status(cluster)).isNotEqualTo("unknown");
    return channel;
  }

  private static String status(LoneCluster cluster) {
    return cluster.coordinator.gateway().nodes(LoneCluster.ADMIN).stream()
        .map(NodeView::status)
        .findFirst()
        .orElse("unknown");
  }

  private record Listener(CountDownLatch welcomed) implements StreamObserver<CoordinatorMessage> {
    @Override
    public void onNext(CoordinatorMessage message) {
      if (message.hasWelcome()) {
        welcomed.countDown();
      }
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}
